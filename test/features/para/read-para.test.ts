import fs, { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { normalName } from '../../../src/features/para/para-folder.ts';
import { readPara } from '../../../src/features/para/read-para.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-para-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await rm(root, { recursive: true });
});

/** Makes a folder one that cannot be read; permissions do not stop tests that run as root. */
function refuse(refused: string): void {
  const { readdir } = fs;
  const refusing = (path: string, options: { withFileTypes: true }) =>
    path === refused
      ? Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'scandir', path }))
      : readdir(path, options);
  vi.spyOn(fs, 'readdir').mockImplementation(refusing as typeof readdir);
  syncBuiltinESMExports();
}

async function folders(...paths: string[]): Promise<void> {
  for (const path of paths) await mkdir(join(root, path), { recursive: true });
}

async function read() {
  const reading = await readPara(root);
  if (reading.kind === 'missing') throw new Error(reading.message);
  const nameOf = (identity: string | null) =>
    reading.folders.find((folder) => folder.identity === identity)?.name ?? null;
  const tree = reading.folders.map(({ type, name, parentIdentity }) => [type, name, nameOf(parentIdentity)]);
  const identity = (name: string) => reading.folders.find((folder) => folder.name === name)?.identity;
  return { ...reading, tree, identity };
}

describe('the folders', () => {
  test('below Areas and Resources are tags, and an area may contain resources', async () => {
    await folders(
      'Areas/Health/Resources/Recipes',
      'Areas/Home',
      'Resources/Typography',
      'Projects/Kitchen',
      'Archives',
    );
    const { tree, issues } = await read();
    expect(tree).toEqual([
      ['Area', 'Health', null],
      ['Resource', 'Recipes', 'Health'],
      ['Area', 'Home', null],
      ['Resource', 'Typography', null],
    ]);
    expect(issues).toEqual([]);
  });

  test.each([
    ['2 Areas', '3 Resources'],
    ['02. areas', '03 - RESOURCES'],
    ['2_Areas', '3-Resources'],
  ])('may be in "%s" and "%s"', async (areas, resources) => {
    await folders(`${areas}/Health/${resources}/Recipes`, `${resources}/Chess`, '1 Projects/X', '4 Archives/Y');
    expect((await read()).tree).toEqual([
      ['Area', 'Health', null],
      ['Resource', 'Recipes', 'Health'],
      ['Resource', 'Chess', null],
    ]);
  });

  test('do not include deeper ones, hidden ones, files or links', async () => {
    await folders('Areas/Health/2026/May', 'Areas/.git', '.Areas/X', 'Resources/Chess/Openings', 'elsewhere/Secret');
    await writeFile(join(root, 'Areas/notes.md'), '');
    await writeFile(join(root, 'Areas/Health/Resources'), 'a file of that name');
    await symlink(join(root, 'elsewhere/Secret'), join(root, 'Areas/Linked'));
    await symlink(join(root, 'elsewhere'), join(root, '3 Resources'));
    expect((await read()).tree).toEqual([
      ['Area', 'Health', null],
      ['Resource', 'Chess', null],
    ]);
  });

  test('of an empty root are none', async () => {
    expect(await readPara(root)).toEqual({ kind: 'read', folders: [], issues: [] });
  });

  test('of a root without either section are none, with a warning', async () => {
    await folders('Bereiche/Gesundheit');
    const { tree, issues } = await read();
    expect(tree).toEqual([]);
    expect(issues).toMatchObject([{ kind: 'layout', message: expect.stringContaining('neither a folder Areas nor') }]);
  });

  test('have composed names in any file system', async () => {
    await folders(`Areas/${'Café'.normalize('NFD')}`);
    expect((await read()).tree).toEqual([['Area', 'Café'.normalize('NFC'), null]]);
  });
});

describe('one name', () => {
  test.each([
    ['Health', 'HEALTH'],
    ['Café'.normalize('NFC'), 'CAFÉ'.normalize('NFD')],
    ['Straße', 'STRASSE'],
    ['Straße', 'STRAẞE'],
    ['\u1F84\u0323', '\u1F84\u0323'.normalize('NFD')],
    ['ΟΔΟΣ', 'οδοσ'],
  ])('"%s" and "%s" are one folder, with a warning', async (one, other) => {
    expect(normalName(one)).toBe(normalName(other));
    await folders(`Areas/${one}/Resources/A`, `Areas/${other}/Resources/B`);
    const { tree, issues } = await read();
    expect(tree.map(([type]) => type)).toEqual(['Area', 'Resource', 'Resource']);
    const area = tree[0]?.[1];
    expect(tree.slice(1).map(([, , parent]) => parent)).toEqual([area, area]);
    expect(issues.map(({ kind }) => kind)).toEqual(['duplicate']);
  });

  test('may be used by an area, a resource, and resources of different areas', async () => {
    await folders('Areas/Health/Resources/Books', 'Areas/Work/Resources/Books', 'Areas/Books', 'Resources/Books');
    const { tree, issues } = await read();
    expect(tree.filter(([, name]) => name === 'Books')).toHaveLength(4);
    expect(issues).toEqual([]);
  });
});

describe('identity', () => {
  test('survives a rename and a move', async () => {
    await folders('Areas/Health', 'Resources/Recipes');
    const before = await read();
    await rename(join(root, 'Areas/Health'), join(root, 'Areas/Wellbeing'));
    await folders('Areas/Wellbeing/Resources');
    await rename(join(root, 'Resources/Recipes'), join(root, 'Areas/Wellbeing/Resources/Cooking'));
    const after = await read();
    expect(after.identity('Wellbeing')).toBe(before.identity('Health'));
    expect(after.identity('Cooking')).toBe(before.identity('Recipes'));
    expect(after.identity('Cooking')).not.toBe(after.identity('Wellbeing'));
  });

  test('is the marker if there is one', async () => {
    await folders('Areas/Health');
    await writeFile(join(root, 'Areas/Health/.lockstep'), 'a1b2-c3\nmade by Lockstep\n');
    expect((await read()).identity('Health')).toBe('a1b2-c3');
  });

  test('of a copied folder is separate, with a warning', async () => {
    await folders('Areas/Health', 'Areas/Health copy');
    for (const name of ['Health', 'Health copy']) await writeFile(join(root, 'Areas', name, '.lockstep'), 'a1b2');
    const { identity, issues } = await read();
    expect(identity('Health')).toBe('a1b2');
    expect(identity('Health copy')).toMatch(/^inode:/);
    expect(issues).toMatchObject([{ kind: 'marker', message: expect.stringContaining('delete the file in the copy') }]);
  });

  test.each(['', 'inode:1:2', 'two words', 'x'.repeat(101)])('ignores the marker "%s"', async (text) => {
    await folders('Areas/Health');
    await writeFile(join(root, 'Areas/Health/.lockstep'), text);
    const { identity, issues } = await read();
    expect(identity('Health')).toMatch(/^inode:\d+:\d+:\d+$/);
    expect(identity('Health')).not.toBe(text);
    expect(issues.map(({ kind }) => kind)).toEqual(['marker']);
  });
});

describe('a root counts as missing', () => {
  test('if it does not exist or is a file', async () => {
    await writeFile(join(root, 'file'), '');
    const gone = join(root, 'gone');
    expect(await readPara(gone)).toEqual({
      kind: 'missing',
      message: `LOCKSTEP_PARA_ROOT "${gone}" does not exist: create the folder, mount its drive, or set another.`,
    });
    expect(await readPara(join(root, 'file'))).toMatchObject({ message: expect.stringContaining('ENOTDIR') });
  });

  test.each(['.', 'Areas', 'Areas/Health', 'Areas/Health/Resources'])('if "%s" cannot be read', async (path) => {
    await folders('Areas/Health/Resources/Recipes');
    const refused = join(root, path);
    refuse(refused);
    expect(await readPara(root)).toMatchObject({
      kind: 'missing',
      message: expect.stringContaining(`cannot be read (EACCES at "${refused}")`),
    });
  });
});
