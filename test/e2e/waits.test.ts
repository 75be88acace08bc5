import { afterAll, beforeAll, expect, test } from 'vitest';
import { Claims } from '../../src/database/claims.ts';
import { emptyFolder, runCli } from '../support/cli.ts';
import { type Stack, startStack } from '../support/stack.ts';

const folder = emptyFolder();
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.startWorker();
  await stack.cycle({ names: ['tags-notion-to-sql'] });
});
afterAll(async () => {
  await stack.stop();
  folder.remove();
});

test('a sync that waits for another process says so in the status', async () => {
  const other = new Claims(String(stack.env.DATABASE_URL));
  let release: () => void = () => undefined;
  let held: Promise<unknown> = Promise.resolve();
  await new Promise<void>((taken) => {
    held = other.hold('tags', { signal: new AbortController().signal }, async () => {
      taken();
      await new Promise<void>((end) => {
        release = end;
      });
    });
  });
  const env = { ...stack.env } as Record<string, string>; // none of its values is undefined
  const cycle = stack.cycle({ names: ['tags-notion-to-sql'] });
  const says = /trying again: syncInbound, attempt \d+: tags is in use by process \d+ .*: waiting until that ends/;
  await expect.poll(async () => (await runCli(['status'], folder.path, env)).stdout).toMatch(says);
  release();
  await held;
  await other.close();
  expect(await cycle).toMatchObject({ syncs: [{ status: 'ok' }] });
});
