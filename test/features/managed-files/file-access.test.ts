import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { moveFile, replaceFile } from '../../../src/features/managed-files/file-access.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-files-'));
  path = join(folder, 'a.md');
  return () => rm(folder, { recursive: true });
});

it('replaces only what was read before', async () => {
  expect(await replaceFile(path, null, Buffer.from('one'))).toBe(true);
  expect(await replaceFile(path, null, Buffer.from('two'))).toBe(false);
  expect(await replaceFile(path, Buffer.from('another'), Buffer.from('two'))).toBe(false);
  expect(await readFile(path, 'utf8')).toBe('one');
  expect(await replaceFile(path, Buffer.from('one'), Buffer.from('two'))).toBe(true);
  expect(await readFile(path, 'utf8')).toBe('two');
  await rm(path);
  expect(await replaceFile(path, Buffer.from('two'), Buffer.from('three'))).toBe(false);
  expect(await readdir(folder)).toEqual([]);
});

it('never moves a file over another', async () => {
  const other = join(folder, 'b.md');
  expect(await moveFile(path, other)).toBe(false);
  await writeFile(path, 'a');
  await writeFile(other, 'b');
  expect(await moveFile(path, other)).toBe(false);
  await rm(other);
  expect(await moveFile(path, other)).toBe(true);
  expect(await readFile(other, 'utf8')).toBe('a');
});

it('reports a missing folder without its path', async () => {
  const writing = replaceFile(join(folder, 'gone', 'a.md'), null, Buffer.from(''));
  await expect(writing).rejects.toThrow('its file cannot be read or written: ENOENT');
});
