import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkLibraries } from '../../src/embedded/link-libraries.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-libraries-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('a library gets its other names, once', () => {
  const lib = join(home, 'native/lib');
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, 'libpq.so.5.18'), '');
  const names = ['libpq.so', 'libpq.so.5'];
  const links = names.map((name) => ({ source: 'native/lib/libpq.so.5.18', target: `native/lib/${name}` }));
  writeFileSync(join(home, 'native/pg-symlinks.json'), JSON.stringify(links));
  linkLibraries(home);
  linkLibraries(home);
  expect(names.map((name) => readlinkSync(join(lib, name)))).toEqual(['libpq.so.5.18', 'libpq.so.5.18']);
});

test('a package without links needs none', () => {
  expect(() => linkLibraries(home)).not.toThrow();
});

test('a folder that does not exist is an error that says what to do', () => {
  mkdirSync(join(home, 'native'));
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' }];
  writeFileSync(join(home, 'native/pg-symlinks.json'), JSON.stringify(links));
  expect(() => linkLibraries(home)).toThrow(/libpq\.so cannot be linked: .* or set DATABASE_URL/);
});
