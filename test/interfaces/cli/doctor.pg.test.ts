import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { readCachedDataSource, saveDataSource } from '../../../src/database/sources.ts';
import { freePort } from '../../../src/embedded/ports.ts';
import { createEntityDatabases } from '../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../../src/entities/index.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { openDataSource } from '../../../src/notion/data-source.ts';
import { NotionApi } from '../../../src/notion/notion-api.ts';
import type { Finding } from '../../../src/operations/doctor/finding.ts';
import { runDoctor } from '../../../src/operations/doctor/run-doctor.ts';
import { type OwnTemporal, ownTemporal } from '../../operations/doctor/own-temporal.ts';
import { emptyFolder, runCli } from '../../support/cli.ts';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../../support/database.ts';

const folder = emptyFolder();
let database: TestDatabase;
let connection: DatabasePool;
let temporal: OwnTemporal;
let notion: NotionEmulator;
let env: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase();
  connection = openDatabase(database.url, 2);
  await connection.execute(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET TimeZone TO 'UTC'`);
  temporal = await ownTemporal();
});
afterAll(async () => {
  await temporal.close();
  await connection.close();
  await database.drop();
  folder.remove();
});
beforeEach(async () => {
  await connection.execute(sql`DELETE FROM sync_sources`);
  notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
  createEntityDatabases(notion.workspace, entities);
  for (const { title } of entities) notion.workspace.addProperty(title, 'Sync Key', { rich_text: {} });
  env = {
    ...temporal.env,
    LOCKSTEP_TIME_ZONE: 'UTC',
    DATABASE_URL: database.url,
    NOTION_TOKEN: notion.token,
    NOTION_BASE_URL: notion.url,
    NOTION_REQUESTS_PER_MINUTE: '100000',
  };
});
afterEach(() => notion.close());

const doctor = (...args: string[]) => runCli(['doctor', ...args], folder.path, env);
const unlimited = { take: async () => undefined, pause: async () => undefined };
const apiOf = () => new NotionApi({ token: env.NOTION_TOKEN, baseUrl: notion.url }, unlimited);

/** Runs the doctor in this process: the remaining problems, and what was fixed. */
async function examined(options: { fix?: boolean } = {}) {
  const connectTemporal = async () => ({ client: temporal.client, close: async () => undefined });
  const parts = { config: readConfig(env), database: connection, api: apiOf(), connectTemporal };
  const { fixed, remaining } = await runDoctor(parts, options);
  const problems = remaining.filter(({ severity }) => severity === 'problem');
  return { problems, notes: remaining.filter((finding) => !problems.includes(finding)), fixed };
}
const isWell = async () => expect((await examined()).problems).toEqual([]);
const one = (findings: readonly Finding[]) => findings.map(({ code, subject }) => `${subject} ${code}`);
const schema = (name: string) => notion.workspace.dataSource(name).properties;

/** The state after a sync has read the schema. */
async function remember(): Promise<void> {
  const before = await readCachedDataSource(connection, tasks);
  await saveDataSource(connection, tasks, await openDataSource(apiOf(), tasks, tasks.databaseId, before));
}

describe('lockstep doctor', () => {
  it('reports no problems, and the integration', async () => {
    const { code, stdout } = await doctor();
    expect([code, stdout]).toEqual([
      0,
      '· notion: Notion accepts the token of the integration "Lockstep"\n\nNo problems found.\n',
    ]);
  });

  it('reports only the token, once', async () => {
    env.NOTION_TOKEN = 'ntn_wrong';
    const { code, stdout } = await doctor('--json');
    const findings: Finding[] = JSON.parse(stdout);
    expect([code, one(findings)]).toEqual([1, ['notion unauthorized']]);
    expect(findings[0]?.fix).toContain('NOTION_TOKEN');
    expect(stdout).not.toContain('ntn_wrong');
    env.NOTION_TOKEN = notion.token;
    await isWell();
  });

  it('a database that is not shared, in the trash, or unclear', async () => {
    const { workspace } = notion;
    workspace.unshare(tasks.databaseId);
    workspace.trashDatabase('Goals');
    const games = workspace.databases().find(({ title }) => title === 'Games Backlog');
    workspace.addDataSource(String(games?.id), { title: 'A' });
    const second = workspace.addDataSource(String(games?.id), { title: 'B' });
    workspace.trashDataSource('Games Backlog');
    const { problems } = await examined();
    expect(one(problems).sort()).toEqual(['games data_source_unclear', 'goals database_trashed', 'tasks not_found']);
    expect(problems.find(({ subject }) => subject === 'games')).toMatchObject({
      what: expect.stringContaining(`B (${second})`),
      fix: expect.stringContaining('NOTION_GAMES_DATABASE_ID'),
    });
    workspace.share(tasks.databaseId);
    workspace.restoreDatabase('Goals');
    workspace.restoreDataSource('Games Backlog');
    await isWell();
  });

  it('missing properties of every kind, and --fix adds them: with options, and with the other side of a relation', async () => {
    const { workspace } = notion;
    const gone = ['Status', 'Due Date', 'Project', 'Tags', 'Notes', 'Completed At', 'Sync Key'];
    const before = schema('Tasks');
    for (const name of gone) workspace.deleteProperty('Tasks', name);
    workspace.deleteProperty('Projects', 'Tasks');
    workspace.deleteProperty('Goals', 'Progress');
    workspace.deleteProperty('Games Backlog', 'Cover URL');
    workspace.deleteProperty('People', 'Email');
    workspace.deleteProperty('People', 'Phone');

    const { code, stdout } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toContain(
      [
        '✗ tasks/Status: the property "Status" (select, column status) is missing in Notion (property_missing)',
        '    Reason  tasks is not synced until it exists',
        '    Fix     lockstep doctor --fix',
      ].join('\n'),
    );
    expect(stdout).toMatch(/\n11 problems; lockstep doctor --fix fixes 11\.\n$/);

    const { code: after, stdout: said } = await doctor('--fix');
    expect(said).toContain('✓ tasks/Project: added the property "Project" (relation)');
    expect(said).toMatch(/No problems found\.\n$/);
    expect(after).toBe(0);
    const shape = (properties: typeof before) =>
      Object.fromEntries(
        Object.values(properties).map((property) => [
          property.name,
          [property.type, property.type === 'select' ? property.select.options.map(({ name }) => name) : []],
        ]),
      );
    expect(shape(schema('Tasks'))).toEqual(shape(before));
    expect(schema('Tasks').Project).toMatchObject({ relation: { dual_property: { synced_property_name: 'Tasks' } } });
    expect(schema('Tasks').Tags).toMatchObject({ relation: { type: 'single_property' } });
  });

  it('a property of another type, which the user must fix', async () => {
    notion.workspace.retypeProperty('Tasks', 'Notes', { number: {} });
    notion.workspace.retypeProperty('Tasks', 'Sync Key', { number: {} });
    const { problems, fixed } = await examined({ fix: true });
    expect(one(problems)).toEqual(['tasks/Notes property_retyped', 'tasks/Sync Key sync_key_retyped']);
    expect(fixed).toEqual([]);
    expect(schema('Tasks').Notes?.type).toBe('number');
    notion.workspace.retypeProperty('Tasks', 'Sync Key', { rich_text: {} });
    // The other fix that it names: rename the property, and add an empty one.
    notion.workspace.renameProperty('Tasks', 'Notes', 'Old notes');
    expect(await examined({ fix: true })).toMatchObject({
      problems: [],
      fixed: [{ finding: { subject: 'tasks/Notes' } }],
    });
  });

  it('notes are not problems: a select that became a status, other names, other properties', async () => {
    await remember();
    notion.workspace.retypeProperty('Tasks', 'Status', { status: {} });
    notion.workspace.renameProperty('Tasks', 'Priority', 'Urgency');
    notion.workspace.renameOption('Tasks', 'Urgency', 'High', 'Hot');
    notion.workspace.addProperty('Tasks', 'Mood', { select: {} });
    const { problems, notes } = await examined();
    expect(problems).toEqual([]);
    expect(notes.map(({ subject, what }) => `${subject}: ${what}`)).toEqual([
      'notion: Notion accepts the token of the integration "Lockstep"',
      'tasks/Priority: its property is named "Urgency" in Notion; Lockstep finds it by id',
      'tasks: these properties are not synced: "Mood"',
      'tasks/Priority: the option "High" is named "Hot" in Notion; rows use the new name',
    ]);
  });

  it('a name that another field uses, which is not overwritten', async () => {
    await remember();
    notion.workspace.deleteProperty('Tasks', 'Status');
    notion.workspace.renameProperty('Tasks', 'Priority', 'Status');
    const { problems } = await examined({ fix: true });
    expect(problems).toMatchObject([{ code: 'property_missing', fix: expect.stringContaining('rename the property') }]);
    expect(schema('Tasks').Status).toMatchObject({ select: { options: [{ name: 'Low' }, {}, {}, {}] } });
    notion.workspace.renameProperty('Tasks', 'Status', 'Priority');
    expect((await examined({ fix: true })).problems).toEqual([]);
  });

  it('missing options, and --fix adds them to the existing ones', async () => {
    const page = notion.workspace.createPage('Tasks', { Title: 'T', Priority: 'Someday' });
    notion.workspace.deleteOption('Tasks', 'Priority', 'Low');
    notion.workspace.deleteOption('Tasks', 'Priority', 'Critical');
    const before = schema('Tasks').Priority;
    const { code, stdout } = await doctor('--fix', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      [
        {
          code: 'option_missing',
          subject: 'tasks/Priority',
          what: 'Notion does not have the options "Low", "Critical"',
          fixed: 'added the options "Low", "Critical"',
        },
        { code: 'token', severity: 'info' },
      ],
    ]);
    const after = schema('Tasks').Priority;
    if (before?.type !== 'select' || after?.type !== 'select') throw new Error('Priority is no select');
    expect(after.select.options.slice(0, 3)).toEqual(before.select.options);
    expect(after.select.options.map(({ name }) => name)).toEqual(['Medium', 'High', 'Someday', 'Low', 'Critical']);
    expect(notion.workspace.page(page).page.properties.Priority).toMatchObject({ select: { name: 'Someday' } });
    await isWell();
  });

  it('missing options of a status, including those of rows, because a page cannot create them', async () => {
    notion.workspace.retypeProperty('Projects', 'Status', { status: {} });
    await connection.execute(sql`INSERT INTO projects (name, status) VALUES ('one', 'Waiting'), ('two', 'Active')`);
    expect(await examined({ fix: true })).toMatchObject({
      problems: [],
      fixed: [{ finding: { subject: 'projects/Status' }, outcome: 'added the options "Archived", "Waiting"' }],
    });
    await connection.execute(sql`DELETE FROM projects`);
  });

  it('a renamed option that has a meaning, which is reported and not recreated', async () => {
    await remember();
    notion.workspace.renameOption('Tasks', 'Status', 'Cancelled', 'Dropped');
    notion.workspace.renameOption('Tasks', 'Status', 'Todo', 'To do');
    await remember();
    const { problems } = await examined({ fix: true });
    expect(problems.map(({ what }) => what)).toEqual([
      'the option "Todo" is named "To do" in Notion',
      'the option "Cancelled" is named "Dropped" in Notion',
    ]);
    expect(problems[0]?.fix).toContain('rename "To do" back to "Todo" in Notion');
    notion.workspace.renameOption('Tasks', 'Status', 'To do', 'Todo');
    notion.workspace.renameOption('Tasks', 'Status', 'Dropped', 'Cancelled');
    await isWell();
  });

  it('a relation to another database', async () => {
    const games = notion.workspace.dataSource('Games Backlog').id;
    notion.workspace.deleteProperty('Notes', 'Project');
    notion.workspace.addProperty('Notes', 'Project', { relation: { data_source_id: games, single_property: {} } });
    expect(one((await examined({ fix: true })).problems)).toEqual(['notes/Project relation_target']);
    notion.workspace.deleteProperty('Notes', 'Project');
    expect((await examined({ fix: true })).problems).toEqual([]);
  });

  it('reports why a fix failed', async () => {
    notion.workspace.addIntegration(notion.token, 'Lockstep', { update: false });
    notion.workspace.deleteProperty('Tasks', 'Notes');
    const { code, stdout } = await doctor('--fix');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ tasks\/Notes: tasks: Notion does not allow this .*capability/);
    expect(stdout).toMatch(/enable "Update content"/);
    expect(stdout).toMatch(/2 problems; lockstep doctor --fix fixes 1\.\n$/);
  });

  it('a database without tables: lockstep migrate, or --fix', async () => {
    const empty = await emptyDatabase();
    env.DATABASE_URL = empty.url;
    const { code, stdout } = await doctor('--json');
    const findings: Finding[] = JSON.parse(stdout);
    expect([code, one(findings)]).toEqual([1, ['postgresql migrations_pending']]);
    expect(findings[0]).toMatchObject({
      fix: 'lockstep migrate',
      what: expect.stringContaining('20261124000000_init'),
    });
    const fixed = await doctor('--fix');
    expect(fixed.stdout).toMatch(/✓ postgresql: applied 20261124000000_init/);
    expect(fixed.stdout).toMatch(/No problems found\.\n$/);
    await empty.drop();
  });

  it('an unreachable service is a finding; a wrong variable is an error', async () => {
    const { TEMPORAL_NAMESPACE: _, ...here } = env;
    env = { ...here, NOTION_BASE_URL: `http://127.0.0.1:${await freePort(27_000)}`, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stdout, stderr } = await doctor('--json');
    expect([code, stderr]).toEqual([1, '']);
    expect(one(JSON.parse(stdout))).toEqual(['temporal temporal_unreachable', 'notion notion_unreachable']);
    env = { ...env, DATABASE_URL: '' };
    expect(await doctor()).toMatchObject({ code: 78 });
  });
});
