import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../../../src/embedded/postgres.ts';
import { entities } from '../../../src/entities/index.ts';
import { notionDescription } from '../../conformance/notion/description.ts';
import { germanWorkspace } from '../../operations/setup/init/support.ts';
import { emptyFolder, runCli, startCli } from '../../support/cli.ts';
import { startConformanceProxy } from '../../support/conformance-proxy.ts';
import { emptyDatabase } from '../../support/database.ts';
import { temporalEnv } from '../../support/temporal.ts';

let folder: ReturnType<typeof emptyFolder>;
let notion: NotionEmulator;
/** Checks every request and response against the descriptions of Notion's API. */
let proxy: Awaited<ReturnType<typeof startConformanceProxy>>;

beforeEach(async () => {
  folder = emptyFolder();
  notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 180 });
  proxy = await startConformanceProxy(notion.url, await notionDescription());
});
afterEach(async () => {
  await notion.close();
  folder.remove();
  await proxy.close();
});

async function query<T extends pg.QueryResultRow>(connectionString: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const terminal = `--import ${pathToFileURL(resolve('test/operations/setup/init/terminal.js')).href}`;

describe('lockstep init', () => {
  it('from an empty folder to the first completed sync, in four answers', async () => {
    const { workspace } = notion;
    const running = startCli(['init'], folder.path, { NOTION_BASE_URL: proxy.url, NODE_OPTIONS: terminal });
    const answers: [question: RegExp, answer: () => string][] = [
      [/Token of your Notion integration/, () => notion.token],
      [/Create the \d+ databases under which page\?/, () => ''],
      [/URL of your PostgreSQL/, () => ''],
      [
        /Run the first sync\?/,
        () => {
          const project = workspace.createPage('Projects', { Name: 'Move house' });
          workspace.createPage('Tasks', { Title: 'Pack', Status: 'Todo', Project: [project] });
          return '';
        },
      ],
    ];
    for (const [question, answer] of answers) {
      await running.waitForOutput(question);
      running.process.stdin?.write(`${answer()}\r`);
    }
    const { code, stdout, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Notion and PostgreSQL are in sync. `lockstep up` keeps them in sync.');
    expect(stdout).not.toContain(notion.token);
    expect(readFileSync(join(folder.path, '.env'), 'utf8')).toContain(`NOTION_TOKEN=${notion.token}\n`);
    expect(statSync(join(folder.path, '.env')).mode & 0o777).toBe(0o600);

    const { Tasks, Projects } = Object.fromEntries(workspace.databases().map((each) => [each.title, each]));
    expect(Tasks?.properties).toMatchObject({
      Project: { relation: { data_source_id: Projects?.dataSourceId, type: 'dual_property' } },
      'Sync Key': { type: 'rich_text' },
    });
    expect(Projects?.properties).toMatchObject({ Tasks: { type: 'relation' }, Goals: { type: 'relation' } });

    const postgres = await startPostgres({ folder: join(folder.path, '.lockstep') });
    try {
      const joined = 'SELECT t.title, t.status, p.name FROM tasks t JOIN projects p ON p.id = t.project_id';
      expect(await query(postgres.url, joined)).toEqual([{ title: 'Pack', status: 'Todo', name: 'Move house' }]);
    } finally {
      await postgres.stop();
    }
  });

  it('maps existing databases with other names, without questions', async () => {
    const { workspace } = notion;
    const { tasks, projects } = germanWorkspace(notion);
    const project = workspace.createPage(projects.id, { Name: 'Umzug' });
    workspace.createPage(tasks.id, {
      Aufgabe: 'Packen',
      Priorität: 'High',
      'Fällig am': '2026-12-24',
      Projekt: [project],
    });
    const database = await emptyDatabase();
    const env = {
      NOTION_BASE_URL: proxy.url,
      NOTION_TOKEN: notion.token,
      NOTION_REQUESTS_PER_MINUTE: '100000',
      DATABASE_URL: database.url,
      ...temporalEnv(),
      TEMPORAL_TASK_QUEUE: `test-${randomUUID()}`,
    };
    workspace.configure({ requestsPerMinute: 100_000 });
    try {
      const first = await runCli(['init', '--yes'], folder.path, env);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toMatch(
        /Tasks +"Aufgaben": 7 of 8 properties, .*"Fällig am" for "Due Date".*; adds "Completed At"/,
      );
      expect(Object.keys(workspace.dataSource(tasks.id).properties).sort()).toEqual(
        [
          'Aufgabe',
          'Completed At',
          'Fällig am',
          'Notizen',
          'Priorität',
          'Projekt',
          'Schlagwörter',
          'Status',
          'Sync Key',
        ].sort(),
      );
      expect(workspace.databases()).toHaveLength(entities.length);
      const rows = () =>
        query(
          database.url,
          "SELECT t.title, t.priority, to_char(t.due_date, 'YYYY-MM-DD') AS due, p.name FROM tasks t LEFT JOIN projects p ON p.id = t.project_id",
        );
      expect(await rows()).toEqual([{ title: 'Packen', priority: 'High', due: '2026-12-24', name: 'Umzug' }]);

      await query(database.url, "UPDATE tasks SET priority = 'Low'");
      expect(await runCli(['init', '--yes'], folder.path, env)).toMatchObject({ code: 0, stderr: '' });
      expect(workspace.pages(tasks.id)[0]?.page.properties.Priorität).toMatchObject({ select: { name: 'Low' } });
      expect(workspace.databases()).toHaveLength(entities.length);
    } finally {
      await database.drop();
    }
  });

  it('knows the options of a Polish workspace, and adds none beside them', async () => {
    const { workspace } = notion;
    workspace.configure({ requestsPerMinute: 100_000 });
    const zadania = workspace.createDatabase({
      title: 'Zadania',
      properties: {
        Nazwa: { title: {} },
        Stan: { status: { options: ['Do zrobienia', 'W toku', 'Gotowe', 'Anulowane'].map((name) => ({ name })) } },
        Priorytet: { select: { options: ['Niski', 'Średni', 'Wysoki', 'Pilne'].map((name) => ({ name })) } },
        Termin: { date: {} },
      },
    });
    workspace.createPage(zadania.id, { Nazwa: 'Odnowić paszport', Stan: 'Gotowe', Priorytet: 'Pilne' });
    workspace.createPage(zadania.id, { Nazwa: 'Kupić mleko', Stan: 'Anulowane' });
    const database = await emptyDatabase();
    const env = {
      ...{ NOTION_BASE_URL: proxy.url, NOTION_TOKEN: notion.token, NOTION_REQUESTS_PER_MINUTE: '100000' },
      ...{ DATABASE_URL: database.url, ...temporalEnv(), TEMPORAL_TASK_QUEUE: `test-${randomUUID()}` },
    };
    const init = (...more: string[]) => runCli(['init', '--yes', '--built-in', ...more], folder.path, env);
    const rows = () => query(database.url, 'SELECT title, status, priority FROM tasks ORDER BY created_at, title');
    const optionsOf = (name: string, type: 'select' | 'status') => {
      const property = workspace.dataSource(zadania.id).properties[name];
      const { options } = { select: { options: [] }, status: { options: [] }, ...property }[type];
      return options.map((option: { name: string }) => option.name);
    };
    try {
      const first = await init();
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toMatch(/Tasks +"Zadania": .*"Stan" for "Status".*options: .*"Gotowe" is "Done"/);
      expect(await rows()).toEqual([
        { title: 'Kupić mleko', status: 'Cancelled', priority: null },
        { title: 'Odnowić paszport', status: 'Done', priority: 'Critical' },
      ]);

      await query(database.url, "INSERT INTO tasks (title, priority) VALUES ('Zapłacić rachunki', 'Low')");
      await query(database.url, "UPDATE tasks SET status = 'W toku', priority = 'High' WHERE title LIKE 'Odnowić%'");
      expect(await init()).toMatchObject({ code: 0, stderr: '' });
      expect(await init()).toMatchObject({ code: 0, stderr: '' });
      expect((await rows()).slice(1)).toEqual([
        { title: 'Odnowić paszport', status: 'In Progress', priority: 'High' },
        { title: 'Zapłacić rachunki', status: 'Todo', priority: 'Low' },
      ]);
      const inNotion = workspace
        .pages(zadania.id)
        .map(({ page }) => [
          page.properties.Stan?.type === 'status' && page.properties.Stan.status?.name,
          page.properties.Priorytet?.type === 'select' && page.properties.Priorytet.select?.name,
        ]);
      expect(inNotion.toSorted()).toEqual([
        ['Anulowane', undefined],
        ['Do zrobienia', 'Niski'],
        ['W toku', 'Wysoki'],
      ]);
      expect(optionsOf('Stan', 'status')).toEqual(['Do zrobienia', 'W toku', 'Gotowe', 'Anulowane']);
      expect(optionsOf('Priorytet', 'select')).toEqual(['Niski', 'Średni', 'Wysoki', 'Pilne']);
    } finally {
      await database.drop();
    }
  });
});
