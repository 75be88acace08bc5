import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivateFolder } from '../../src/embedded/private-folder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lockstep-folder-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

test('a folder and its files are for their owner only', () => {
  const folder = join(parent, 'a/b');
  makePrivateFolder(folder);
  writeFileSync(join(folder, 'secret'), '', { mode: 0o644 });
  makePrivateFolder(folder);
  expect([statSync(folder).mode & 0o777, statSync(join(folder, 'secret')).mode & 0o777]).toEqual([0o700, 0o600]);
});

test('a folder that cannot be created is refused in one line', () => {
  writeFileSync(join(parent, 'file'), '');
  const folder = join(parent, 'file/.lockstep');
  expect(() => makePrivateFolder(folder)).toThrow(
    `${folder} cannot be created: run lockstep up in a folder that you may write to`,
  );
});
