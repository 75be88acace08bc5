import { afterAll, beforeAll, expect, test } from 'vitest';
import { Claims } from '../../src/database/claims.ts';
import { readCycleProgress } from '../../src/temporal/cycle-progress.ts';
import { readOpenWork } from '../../src/temporal/open-work.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const progressOf = async (workflowId: string) => {
  const open = await readOpenWork(stack.client, stack.taskQueue);
  return (await readCycleProgress(stack.client, open)).get(workflowId) ?? null;
};

test('a cycle without a worker has no progress; a running one says how many of its syncs have ended', async () => {
  const claims = new Claims(stack.databaseUrl);
  const handle = await stack.startCycle();
  await expect.poll(async () => (await readOpenWork(stack.client, stack.taskQueue)).length).toBe(1);
  expect(await progressOf(handle.workflowId)).toBeNull();

  // The syncs of the games wait until the claim is released.
  const total = await claims.hold('games', { signal: new AbortController().signal }, async () => {
    stack.startWorker();
    const inbound = async () => (await progressOf(handle.workflowId))?.done ?? 0;
    await expect.poll(inbound).toBeGreaterThan(5);
    const progress = await progressOf(handle.workflowId);
    expect(progress?.total).toBeGreaterThan(20);
    expect(progress?.done).toBeLessThan(progress?.total ?? 0);
    return progress?.total;
  });
  await handle.result();
  // The remaining time is estimated from cycles with as many runs.
  const [runs] = await stack.sql<{ count: number }>('SELECT count(*)::int AS count FROM sync_run_history');
  expect(runs?.count).toBe(total);
  await expect.poll(() => progressOf(handle.workflowId)).toBeNull();
  await claims.close();
});
