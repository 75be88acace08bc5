import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { foldersIn, listWorkspaces } from '../../../../src/interfaces/cli/fleet/list-workspaces.ts';
import { emptyFolder } from '../../../support/cli.ts';

const root = emptyFolder();
afterAll(() => root.remove());

const at = (...path: string[]): string => join(realpathSync(root.path), ...path);
const folder = (path: string, ...files: string[]): void => {
  mkdirSync(at(path), { recursive: true });
  for (const file of files) writeFileSync(at(path, file), '');
};
folder('all/marta', '.env', 'lockstep.config.ts');
folder('all/berta', 'lockstep.config.json');
folder('all/.lockstep');
folder('all/notes', 'readme.md');
folder('other/marta', '.env');
folder('empty');

const names = (...folders: string[]) => listWorkspaces(folders.map((path) => at(path))).map(({ name }) => name);

test('a list of folders is separated like PATH', () => {
  expect(foldersIn('/srv/a::/srv/b')).toEqual(['/srv/a', '/srv/b']);
  expect(foldersIn(undefined)).toEqual([]);
});

test('a workspace stands for itself, another folder for the workspaces in it', () => {
  expect(names('all/marta', 'all/berta')).toEqual(['marta', 'berta']);
  expect(names('all')).toEqual(['berta', 'marta']);
});

test('each is listed once, and where two have the same name, by its path', () => {
  expect(names('all', 'all/marta')).toEqual(['berta', 'marta']);
  expect(names('all', 'other/marta')).toEqual(['berta', at('all/marta'), at('other/marta')]);
});

test('a folder that stands for none is listed, so that its start says why', () => {
  expect(names('empty', 'gone')).toEqual(['empty', 'gone']);
});
