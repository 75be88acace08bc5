import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import { entities as builtIn } from '../../src/entities/index.ts';
import { notionDescription } from '../conformance/notion/description.ts';
import { emptyFolder, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { startConformanceProxy } from '../support/conformance-proxy.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { PAGES, spanishWorkspace } from '../support/spanish-workspace.ts';
import { temporalEnv } from '../support/temporal.ts';

const terminal = `--import ${pathToFileURL(resolve('test/operations/setup/init/terminal.js')).href}`;
const DOWN = '\u001b[B';

describe('lockstep init with the answer "Both"', { timeout: 300_000 }, () => {
  let notion: NotionEmulator;
  let proxy: Awaited<ReturnType<typeof startConformanceProxy>>;
  let folder: ReturnType<typeof emptyFolder>;
  let database: TestDatabase;
  let pool: pg.Pool;
  let worker: RunningCli | undefined;

  beforeAll(async () => {
    notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
    proxy = await startConformanceProxy(notion.url, await notionDescription());
    folder = emptyFolder();
    database = await emptyDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    createEntityDatabases(notion.workspace, builtIn);
    spanishWorkspace(notion);
  });
  afterAll(async () => {
    worker?.process.kill('SIGKILL');
    await worker?.ended;
    await pool.end();
    await database.drop();
    await notion.close();
    folder.remove();
    await proxy.close();
  });

  test('syncs the built-in ten and the chosen databases, with the relations between them', async () => {
    const { workspace } = notion;
    const project = workspace.createPage('Projects', { Name: 'Read more' });
    workspace.createPage('Tasks', { Title: 'Return books', Project: [project] });
    workspace.addProperty('Libros', 'Proyecto', {
      relation: { data_source_id: workspace.dataSource('Projects').id, single_property: {} },
    });
    for (const n of [0, 1]) workspace.createPage('Libros', { Título: `Libro del proyecto ${n}`, Proyecto: [project] });
    const env = {
      NOTION_BASE_URL: proxy.url,
      NOTION_REQUESTS_PER_MINUTE: '100000',
      LOCKSTEP_HINTS: 'off',
      TEMPORAL_TASK_QUEUE: `test-${randomUUID()}`,
      ...temporalEnv(),
    };
    const running = startCli(['init'], folder.path, { ...env, NODE_OPTIONS: terminal });
    const questions: [question: RegExp, answer: string][] = [
      [/Token of your Notion integration/, notion.token],
      [/What is to be synced\?/, DOWN + DOWN],
      [/Which databases\?/, ''],
      [/Write lockstep\.config\.ts\?/, ''],
      [/URL of your PostgreSQL/, database.url],
      [/Run the first sync\?/, ''],
    ];
    for (const [question, answer] of questions) {
      await running.waitForOutput(question);
      running.process.stdin?.write(`${answer}\r`);
    }
    const { code, stdout, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Notion and PostgreSQL are in sync.');

    const text = readFileSync(join(folder.path, 'lockstep.config.ts'), 'utf8');
    for (const { name } of builtIn) expect(text).toContain(`    '${name}',\n`);
    for (const title of Object.keys(PAGES)) expect(text).toContain(`      name: '${title.toLowerCase()}',\n`);
    expect(text).toContain("proyecto_id: relationToOne('Proyecto', 'projects'),");
    const { rows } = await pool.query(
      `SELECT l.titulo, p.name, t.title FROM libros l JOIN projects p ON p.id = l.proyecto_id
         JOIN tasks t ON t.project_id = p.id ORDER BY 1`,
    );
    expect(rows).toEqual(
      [0, 1].map((n) => ({ titulo: `Libro del proyecto ${n}`, name: 'Read more', title: 'Return books' })),
    );

    const later = { ...env, DATABASE_URL: database.url, NOTION_TOKEN: notion.token };
    worker = startCli(['worker'], folder.path, later);
    await worker.waitForOutput(/worker on task queue/);
    expect(await runCli(['verify'], folder.path, later)).toMatchObject({ code: 0 });
  });
});
