import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEntityDatabases } from '../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../../src/entities/index.ts';
import { type CliResult, emptyFolder, runCli, startCli } from '../../support/cli.ts';

let folder: ReturnType<typeof emptyFolder>;
let notion: NotionEmulator;

beforeEach(async () => {
  folder = emptyFolder();
  notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
});
afterEach(async () => {
  await notion.close();
  folder.remove();
});

/** There is no PostgreSQL here: everything in Notion happens before it is needed. */
const NOWHERE = 'postgresql://nobody@127.0.0.1:1/nothing';
const init = (args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> =>
  runCli(['init', '--no-sync', ...args], folder.path, { NOTION_BASE_URL: notion.url, DATABASE_URL: NOWHERE, ...env });
const withToken = (...args: string[]) => init(args, { NOTION_TOKEN: notion.token });
const env = (): string => readFileSync(join(folder.path, '.env'), 'utf8');

describe('lockstep init, without a terminal', () => {
  it('reports what is missing in one line, exits 78, and writes nothing', async () => {
    expect(await init([])).toMatchObject({
      code: 78,
      stderr: 'lockstep: NOTION_TOKEN is not set: set it, or use --token-file\n',
    });
    expect(existsSync(join(folder.path, '.env'))).toBe(false);
  });

  it('reads the token from a file or standard input, and never prints it', async () => {
    const file = join(folder.path, 'token');
    writeFileSync(file, `${notion.token}\n`);
    const { stdout, stderr } = await init(['--yes', '--token-file', file]);
    expect(stdout).toContain('Notion accepts the token of "Lockstep".');
    expect(stdout + stderr).not.toContain(notion.token);
    const piped = startCli(['init', '--yes', '--no-sync', '--token-file', '-'], folder.path, {
      NOTION_BASE_URL: notion.url,
      DATABASE_URL: NOWHERE,
    });
    piped.process.stdin?.end(`${notion.token}\n`);
    expect((await piped.ended).stdout).toContain('Notion accepts the token');
    writeFileSync(file, 'two words');
    expect(await init(['--token-file', file])).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/must contain only a token\n$/),
    });
    expect(await init(['--token-file', join(folder.path, 'none')])).toMatchObject({ code: 78 });
  });

  it('rejects a token that Notion refuses', async () => {
    const { code, stderr } = await init(['--yes'], { NOTION_TOKEN: 'ntn_wrong' });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^lockstep: Notion refused the token: NOTION_TOKEN is wrong/),
    ]);
    expect(stderr).not.toContain('ntn_wrong');
  });

  it('creates the databases first, and does not create them twice', async () => {
    const first = await withToken();
    expect(first).toMatchObject({ code: 69, stdout: expect.stringContaining('Created in Notion: Tags, Tasks,') });
    expect(notion.workspace.databases()).toHaveLength(entities.length);
    expect(env()).toMatch(new RegExp(`^NOTION_TOKEN=${notion.token}\nDATABASE_URL=.*\nNOTION_TAGS_DATABASE_ID=`));
    expect(env().match(/_DATABASE_ID=/g)).toHaveLength(entities.length);
    const again = await runCli(['init', '--no-sync'], folder.path, { NOTION_BASE_URL: notion.url });
    expect(again).toMatchObject({ code: 69 });
    expect(notion.workspace.databases()).toHaveLength(entities.length);
  });

  it('never overwrites another value unless told to', async () => {
    const before = 'NOTION_TOKEN=ntn_other # mine\n';
    writeFileSync(join(folder.path, '.env'), before);
    const { code, stderr } = await withToken('--yes');
    expect([code, stderr]).toEqual([
      78,
      'lockstep: .env has another value for NOTION_TOKEN: remove it there, or use --overwrite\n',
    ]);
    expect(env()).toBe(before);
    expect(notion.workspace.databases()).toHaveLength(0);
    await withToken('--yes', '--overwrite');
    expect(env()).toContain(`NOTION_TOKEN=${notion.token} # mine\n`);
  });

  it('reports that it is unclear which database is meant', async () => {
    for (const title of ['Tasks', 'Aufgaben'])
      notion.workspace.createDatabase({ title, properties: { Name: { title: {} } } });
    const { code, stderr } = await withToken('--yes');
    expect([code, stderr]).toEqual([
      78,
      expect.stringMatching(
        /^lockstep: several databases may be tasks \(.*"Aufgaben".*\): set NOTION_TASKS_DATABASE_ID to the id of one\n$/,
      ),
    ]);
  });

  it('reports that it is unclear which property is meant, and accepts --map', async () => {
    createEntityDatabases(notion.workspace, entities);
    notion.workspace.renameProperty('Tasks', 'Due Date', 'Deadline');
    notion.workspace.renameProperty('Tasks', 'Completed At', 'Due');
    const { code, stderr } = await withToken('--yes');
    expect([code, stderr]).toEqual([
      78,
      'lockstep: several properties may be tasks/Due Date (Deadline, Due): use --map "tasks/Due Date=…"\n',
    ]);
    expect(await withToken('--yes', '--map', 'tasks/Due Date=Deadline')).toMatchObject({ code: 69 });
    const wrong = await withToken('--yes', '--map', 'tasks/Due Date=Status');
    expect(wrong).toMatchObject({ code: 78, stderr: expect.stringContaining('"Status" is of type select, not date') });
    expect(await withToken('--map', 'nonsense')).toMatchObject({ code: 78 });
  });

  it('reports what conflicts with a property', async () => {
    createEntityDatabases(notion.workspace, entities);
    notion.workspace.retypeProperty('Goals', 'Progress', { rich_text: {} });
    const { code, stderr } = await withToken('--yes');
    expect([code, stderr]).toEqual([
      1,
      'lockstep: goals/Progress: the property "Progress" is of type rich_text, not number: change its type or rename it in Notion, and run lockstep init again\n',
    ]);
  });

  it('lists the ten and the chosen databases with --built-in and --databases', async () => {
    createEntityDatabases(notion.workspace, entities);
    notion.workspace.createDatabase({ title: 'Libros', properties: { Título: { title: {} } } });
    notion.workspace.createDatabase({ title: 'Recetas', properties: { Nombre: { title: {} } } });
    const { code, stdout } = await withToken('--yes', '--built-in', '--databases', 'libros');
    expect([code, stdout]).toEqual([69, expect.stringContaining('Wrote lockstep.config.ts.')]);
    const text = readFileSync(join(folder.path, 'lockstep.config.ts'), 'utf8');
    for (const { name } of entities) expect(text).toContain(`    '${name}',\n`);
    expect(text.match(/ name: '.*'/g)).toEqual([" name: 'libros'"]);
  });

  it('creates no database with --use-existing, and finds the page of --create-under', async () => {
    expect(await withToken('--use-existing')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('no database for tags is shared'),
    });
    expect(await withToken('--create-under', 'Nowhere')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('no page "Nowhere" is shared'),
    });
    const page = notion.workspace.addChildPage(notion.workspace.rootPageId, 'Lockstep');
    await withToken('--create-under', 'lockstep');
    expect(notion.workspace.dataSource('Tasks').database_parent).toEqual({ type: 'page_id', page_id: page });
  });

  it('reports what to do when nothing is shared', async () => {
    notion.workspace.unshare(notion.workspace.rootPageId);
    const { code, stderr } = await withToken('--yes');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^lockstep: no page is shared with the integration.*share a page in Notion/),
    ]);
  });

  it('rejects a password on the command line', async () => {
    const { code, stderr } = await withToken('--database-url', 'postgresql://a:secret@127.0.0.1/b');
    expect([code, stderr]).toEqual([
      78,
      'lockstep: --database-url: other users of this machine could read the password: set DATABASE_URL instead\n',
    ]);
    expect(await withToken('--database-url', 'nonsense')).toMatchObject({ code: 78 });
  });

  it('does not mix the sample workspace with the real one', async () => {
    mkdirSync(join(folder.path, '.lockstep'));
    writeFileSync(join(folder.path, '.lockstep', 'notion.jsonl'), '');
    const { code, stderr } = await init(['--yes'], { NOTION_TOKEN: notion.token, DATABASE_URL: '' });
    expect([code, stderr]).toEqual([
      78,
      expect.stringMatching(/contains the sample workspace of an earlier `npm start`: delete it with --fresh/),
    ]);
    expect(notion.workspace.databases()).toHaveLength(0);
  });
});
