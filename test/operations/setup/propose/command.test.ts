import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEntityDatabases } from '../../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../../../src/entities/index.ts';
import { type AddEntityOptions, addEntityCommand } from '../../../../src/interfaces/cli/add-entity.ts';
import { sharedSources } from '../../../../src/operations/setup/init/survey.ts';
import { entitiesBySource, findSource } from '../../../../src/operations/setup/propose/find-source.ts';
import { emptyFolder, runCli } from '../../../support/cli.ts';
import { apiOf } from '../init/support.ts';

let notion: NotionEmulator;
let folder: ReturnType<typeof emptyFolder>;
let books: { id: string; dataSourceId: string };

beforeAll(async () => {
  notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
  createEntityDatabases(notion.workspace, entities);
  const title = { Name: { title: {} } };
  books = notion.workspace.createDatabase({ title: '📚 Old Books', properties: title });
  for (const name of ['Twice', 'Twice', '书', 'Class'])
    notion.workspace.createDatabase({ title: name, properties: title });
  folder = emptyFolder();
});
afterAll(async () => {
  await notion.close();
  folder.remove();
});

describe('finding a database', () => {
  const find = async (wanted: string): Promise<string> => {
    const api = apiOf(notion);
    return (await findSource(api, wanted, await sharedSources(api))).id;
  };

  test.each([
    ['its title', () => '📚 Old Books'],
    ['its title without more ado', () => 'old books'],
    ['its id', () => books.id],
    ['its link', () => `https://www.notion.so/you/Books-${books.id.replaceAll('-', '')}?v=${'0'.repeat(32)}`],
    ["its data source's id", () => books.dataSourceId],
  ])('by %s', async (_, wanted) => {
    expect(await find(wanted())).toBe(books.dataSourceId);
  });

  test.each([
    ['its id', () => books.id],
    ["its data source's id", () => books.dataSourceId],
  ])('by %s before the search lists it', async (_, wanted) => {
    expect((await findSource(apiOf(notion), wanted(), [])).id).toBe(books.dataSourceId);
  });

  test('reports a missing or unshared database in one line', async () => {
    await expect(find('Nowhere')).rejects.toThrow(
      /^no database "Nowhere" is shared with the integration: share it in Notion/,
    );
    const id = '11111111-2222-4333-8444-555555555555';
    await expect(find(id)).rejects.toThrow(/is not found or not shared with the integration; share it in Notion/);
  });

  test('lists several matches with their ids', async () => {
    await expect(find('twice')).rejects.toThrow(
      /^"twice" matches several databases: "Twice" \(.{36}\), "Twice" \(.{36}\): use the id/,
    );
    notion.workspace.addDataSource(books.id, { title: 'Very old', properties: { Name: { title: {} } } });
    await expect(find(books.id)).rejects.toThrow(
      /matches several databases: "📚 Old Books" \(.{36}\), "Very old" \(.{36}\)/,
    );
    await expect(findSource(apiOf(notion), books.id, [])).rejects.toThrow(
      /has several data sources: "📚 Old Books" \(/,
    );
  });

  test('finds the data sources of entities by both ids', async () => {
    const tasks = notion.workspace.dataSource('Tasks').id;
    notion.workspace.addDataSource('Games Backlog', { title: 'Older games', properties: { Name: { title: {} } } });
    const shared = await sharedSources(apiOf(notion));
    const ids = { ...Object.fromEntries(entities.map(({ name, databaseId }) => [name, databaseId])), tasks };
    const known = entitiesBySource(entities, ids, shared);
    expect([known.size, known.get(tasks), known.get(books.dataSourceId)]).toEqual([
      entities.length,
      'tasks',
      undefined,
    ]);
    // A database with one data source may have a different name.
    const renamed = entities.map((entity) => ({ ...entity, title: 'Another' }));
    expect(entitiesBySource(renamed, ids, shared).size).toBe(entities.length - 1);
  });
});

const run = (...args: string[]) =>
  runCli(args, folder.path, { NOTION_BASE_URL: notion.url, NOTION_TOKEN: notion.token });

test('a dry run prints a patch that git accepts, and writes nothing', async () => {
  const { code, stdout } = await run('add-entity', books.dataSourceId, '--dry-run');
  expect(code).toBe(0);
  expect(readdirSync(folder.path)).toEqual([]);
  expect(stdout).toMatch(/Nothing was written\.\n$/);
  const patch = stdout.slice(stdout.indexOf('--- /dev/null'), stdout.indexOf('Nothing was written.'));
  const checked = spawnSync('git', ['apply', '--check', '--numstat', '-'], { input: patch, encoding: 'utf8' });
  expect([checked.status, checked.stderr]).toEqual([0, '']);
  expect(checked.stdout).toMatch(/^\d+\t0\tlockstep\.config\.ts\n$/);
});

test('what cannot be edited safely is printed, and left as it is', async () => {
  const text = "const entities = ['tasks', 'tags'];\nexport default { entities };\n";
  const elsewhere = emptyFolder();
  writeFileSync(join(elsewhere.path, 'lockstep.config.mjs'), text);
  const env = { NOTION_BASE_URL: notion.url, NOTION_TOKEN: notion.token };
  const { code, stdout, stderr } = await runCli(['add-entity', books.dataSourceId, '--yes'], elsewhere.path, env);
  expect([code, stderr]).toEqual([
    1,
    'lockstep: lockstep.config.mjs is a program that Lockstep cannot edit safely, so nothing was written: make these changes yourself, then run lockstep migrate\n',
  ]);
  expect(stdout).toContain('Add to "entities":\n  {\n    name: \'old_books\',\n');
  expect(readdirSync(elsewhere.path)).toEqual(['lockstep.config.mjs']);
  elsewhere.remove();
});

test('remove-entity refuses what is not synced, and says what is', async () => {
  expect(await run('remove-entity', 'films', '--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^lockstep: there is no entity named "films": use tags, tasks, .*\n$/),
  });
  const { stdout } = await run('remove-entity', 'tasks', '--dry-run');
  expect(stdout).toContain('Features that are off without it: task-events, life-cycle, task-tools.');
  expect(stdout).toMatch(/^\+ {4}'tags',\n\+ {4}'projects',$/m);
  expect(readdirSync(folder.path)).toEqual([]);
});

describe('invalid input is refused in one line, before anything is written', () => {
  beforeEach(() => {
    vi.stubEnv('NOTION_BASE_URL', notion.url);
    vi.stubEnv('NOTION_TOKEN', notion.token);
    return () => vi.unstubAllEnvs();
  });

  test.each<[string, AddEntityOptions, string]>([
    ['Tasks', {}, '"Tasks" is already synced, as tasks'],
    ['Class', { name: 'Class' }, '--name Class: it is not in snake case, such as reading_list'],
    ['Class', { one: ['Nothing'] }, '--one: "Class" has no relation "Nothing"'],
    [
      '书',
      {},
      'the table name "", derived from "书", cannot be used because it is not in snake case, such as reading_list: set --name',
    ],
  ])('%s, %j', async (database, options, line) => {
    await expect(addEntityCommand(database, { ...options, yes: true })).rejects.toThrow(line);
  });

  test('without a token', async () => {
    vi.stubEnv('NOTION_TOKEN', '');
    await expect(addEntityCommand('Books', { yes: true })).rejects.toThrow(/^NOTION_TOKEN is not set: set it to your/);
  });
});
