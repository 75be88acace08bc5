import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { backLink, type Entity } from '../../../../src/entities/define.ts';
import { entities } from '../../../../src/entities/index.ts';
import { openCheckout } from '../../../../src/operations/setup/add-entity/checkout.ts';
import { fileNameOf } from '../../../../src/operations/setup/add-entity/entity-name.ts';
import { planFiles, timestampAfter } from '../../../../src/operations/setup/add-entity/plan-files.ts';
import { addBackLink } from '../../../../src/operations/setup/add-entity/write-entity-file.ts';
import { migrationOf } from '../../../../src/operations/setup/add-entity/write-migration.ts';
import { addToSchema } from '../../../../src/operations/setup/add-entity/write-model.ts';
import { addToRegistry } from '../../../../src/operations/setup/add-entity/write-registry.ts';
import { propose } from './support.ts';

const zeppelins = propose({ Name: { title: {} } }, { name: 'zeppelins' });
const { entity } = zeppelins;
const now = new Date('2027-01-02T03:04:05.678Z');
const checkout = openCheckout();
const read = (path: string): string => readFileSync(path, 'utf8');

const syntaxErrors = (text: string): readonly unknown[] =>
  ts.transpileModule(text, { reportDiagnostics: true }).diagnostics ?? [];

describe('the registry', () => {
  test('gets a sorted import and a line at the end of its list', () => {
    const after = addToRegistry(read('src/entities/index.ts'), 'board_games') ?? '';
    const paths = [...after.matchAll(/from '(.*)'/g)].map(([, path]) => path);
    expect(paths).toEqual(paths.toSorted());
    expect(after).toContain("import { boardGames } from './board-games.ts';\n");
    expect(after).toMatch(/,\n {2}boardGames,\n\];\n$/);
    expect(syntaxErrors(after)).toEqual([]);
  });

  test('is not changed if it does not have the expected form', () => {
    expect(addToRegistry('export const entities = [...others];\n', 'books')).toBeUndefined();
  });
});

describe('the file of an existing entity', () => {
  test.each(entities.map(({ name }) => name))('%s: gets the other side of a relation as its last field', (name) => {
    const file = read(`src/entities/${fileNameOf(name)}`);
    const after = addBackLink(file, 'related_books', backLink('Books', 'books', 'x')) ?? '';
    expect(after).toContain("\n    related_books: backLink('Books', 'books', 'x'),\n  },\n});\n");
    expect(after).toMatch(/^import \{ backLink, [^}]*\bdefineEntity\b[^}]* \} from '\.\/define\.ts';\n/);
    expect(after.match(/\bbackLink,/g)).toHaveLength(1);
    expect(syntaxErrors(after)).toEqual([]);
  });

  test('is not changed if it does not have the expected form', () => {
    expect(addBackLink('export const x = 1;\n', 'related_books', backLink('Books', 'books', 'x'))).toBeUndefined();
  });
});

describe('the planned changes', () => {
  const side = (through: string) => ({ entity: 'projects', property: `By ${through}`, through });

  test('are new files, and one or two lines in others', () => {
    const changes = planFiles(checkout, { ...zeppelins, backLinkTargets: [side('a'), side('b')] }, entities, now);
    expect(changes.map(({ path, before }) => [path, before === null])).toEqual([
      ['src/entities/zeppelins.ts', true],
      ['src/entities/index.ts', false],
      ['src/entities/projects.ts', false],
      ['prisma/schema.prisma', false],
      ['prisma/migrations/20270102030405_zeppelins/migration.sql', true],
    ]);
    expect(changes[2]?.after).toMatch(/ {4}related_zeppelins: .*By a.*\n {4}related_zeppelins_2: .*By b/);
  });

  test('are refused if a file does not have the expected form', () => {
    const strange = { ...checkout, read: () => 'export {};\n' };
    expect(() => planFiles(strange, zeppelins, entities, now)).toThrow(
      /^src\/entities\/index\.ts does not have the form that Lockstep expects, so nothing was written/,
    );
  });

  test('never replace a file that was created meanwhile', () => {
    const taken = [{ path: 'src/entities/games.ts', before: null, after: '' }];
    expect(() => checkout.write(taken)).toThrow(/EEXIST/);
    expect(read('src/entities/games.ts')).not.toBe('');
  });

  test('need a checkout: a container has no sources to change', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-bare-'));
    expect(() => openCheckout(`${folder}/`)).toThrow(/^add-entity writes sources: run it in a checkout of Lockstep \(/);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe('a migration', () => {
  test.each([
    [[], '20270102030405'],
    [['20261124000000_init'], '20270102030405'],
    [['20991127410000_late', '20261124000000_init'], '20991128170001'],
    [['20991231235959_last'], '21000101000000'],
  ])('after %j is %s', (migrations, timestamp) => {
    expect(timestampAfter(migrations, now)).toBe(timestamp);
  });

  test.each<[Partial<Entity>, string]>([
    [{}, 'archived_at IS NULL'],
    [{ archivedStatus: "Won't" }, "archived_at IS NULL AND status IS DISTINCT FROM 'Won''t'"],
    [
      { archivedStatus: 'Archived', closedStatuses: ['Done'] },
      "archived_at IS NULL AND coalesce(status, '') NOT IN ('Archived', 'Done')",
    ],
  ])('%j: the view has the active rows', (statuses, where) => {
    expect(migrationOf({ ...entity, ...statuses })).toContain(
      `CREATE VIEW active_zeppelins AS SELECT * FROM zeppelins WHERE ${where};\n`,
    );
  });
});

test.each([
  ['zeppelins', 'Zeppelin'],
  // Existing models, and names that JavaScript or Prisma has.
  ['sync_run', 'SyncRunRow'],
  ['dates', 'DateRow'],
  ['ints', 'IntRow'],
])('the model of %s is named %s', (name, model) => {
  const after = addToSchema(read('prisma/schema.prisma'), { ...entity, name, table: name });
  expect(after).toContain(`\nmodel ${model} {\n`);
});
