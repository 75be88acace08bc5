import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The packages that a command has loaded when it ends. */
function packagesOf(...args: string[]): string[] {
  const hook = join(folder, 'hook.cjs');
  const list = join(folder, 'loaded.json');
  writeFileSync(
    hook,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache))));`,
  );
  const { status } = spawnSync(process.execPath, ['--require', hook, resolve('bin/lockstep.js'), ...args]);
  expect(status).toBe(0);
  const files = JSON.parse(readFileSync(list, 'utf8')) as string[];
  const names = files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort();
}

test.each(['--version', '--help'])('%s starts without the packages of Temporal, PostgreSQL or zod', (option) => {
  expect(packagesOf(option)).toEqual(['commander', 'dotenv']);
});
