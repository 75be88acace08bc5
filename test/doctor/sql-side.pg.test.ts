import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type Database, openDatabase } from '../../src/database/client.ts';
import { entityStore } from '../../src/database/entity-store.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { examine } from '../../src/doctor/index.ts';
import { type NotionEmulator, startNotionEmulator } from '../../src/emulators/notion/index.ts';
import { entities } from '../../src/entities/index.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { NotionApi } from '../../src/notion/api.ts';
import { emptyFolder, runCli } from '../support/cli.ts';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../support/database.ts';

let notion: NotionEmulator;
let server: TestDatabase;
let database: Database;
let user: pg.Pool;

beforeAll(async () => {
  notion = await startNotionEmulator({ requestsPerMinute: 100_000 });
  notion.workspace.createEntityDatabases(entities);
  for (const { title } of entities) notion.workspace.addProperty(title, 'Sync Key', { rich_text: {} });
  server = await freshDatabase();
  database = openDatabase(server.url, 2);
  user = new pg.Pool({ connectionString: server.url, max: 2 });
});
afterAll(async () => {
  await user.end();
  await database.$disconnect();
  await server.drop();
  await notion.close();
});

const envOf = (url: string) => ({
  DATABASE_URL: url,
  NOTION_TOKEN: notion.token,
  NOTION_BASE_URL: notion.url,
  NOTION_REQUESTS_PER_MINUTE: '100000',
});

async function problems(options: { fix?: boolean } = {}): Promise<readonly Finding[]> {
  const config = readConfig(envOf(server.url));
  const unlimited = { take: async () => undefined, pause: async () => undefined };
  const { remaining } = await examine({ config, database, api: new NotionApi(config.notion, unlimited) }, options);
  return remaining.filter(({ severity }) => severity === 'problem');
}
const named = (findings: readonly Finding[]) => findings.map(({ subject, code }) => `${subject} ${code}`);

describe('lockstep doctor looks at PostgreSQL', () => {
  test('a database without tables: lockstep migrate, or --fix', async () => {
    const empty = await emptyDatabase();
    const folder = emptyFolder();
    const doctor = (...args: string[]) => runCli(['doctor', ...args], folder.path, envOf(empty.url));
    const { code, stdout } = await doctor('--json');
    const findings: Finding[] = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(findings).toMatchObject([{ code: 'migrations_pending', subject: 'postgresql', mend: 'lockstep migrate' }]);
    expect(findings[0]?.what).toContain('20261124000000_init');
    const mended = await doctor('--fix');
    expect(mended.stdout).toMatch(/✓ postgresql: applied 20261124000000_init/);
    expect(mended.stdout).toMatch(/All is well\.\n$/);
    folder.remove();
    await empty.drop();
  });

  test('triggers that are off or gone are put back as they were', async () => {
    const definitions = async () =>
      (
        await user.query(
          `SELECT pg_get_triggerdef(t.oid) AS is, tgenabled FROM pg_trigger t WHERE NOT tgisinternal ORDER BY 1`,
        )
      ).rows;
    const before = await definitions();
    await user.query('ALTER TABLE tasks DISABLE TRIGGER note_edit');
    await user.query('DROP TRIGGER stamp_edit ON goals; DROP TRIGGER note_link ON task_tags');
    await user.query('DROP TRIGGER note_edit ON calendar_events');
    const found = await problems();
    expect(named(found).sort()).toEqual([
      'calendar_events/note_edit trigger_missing',
      'goals/stamp_edit trigger_missing',
      'task_tags/note_link trigger_missing',
      'tasks/note_edit trigger_off',
    ]);
    expect(new Set(found.map(({ mend }) => mend))).toEqual(new Set(['lockstep doctor --fix']));
    expect(await problems({ fix: true })).toEqual([]);
    expect(await definitions()).toEqual(before);
  });

  test('every trigger by which edits are noticed is looked for', async () => {
    const { rows } = await user.query(
      "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relname <> 'sync_outbox'",
    );
    await user.query(rows.map(({ relname, tgname }) => `ALTER TABLE ${relname} DISABLE TRIGGER ${tgname}`).join(';'));
    const found = named(await problems());
    expect(found.sort()).toEqual(rows.map(({ relname, tgname }) => `${relname}/${tgname} trigger_off`).sort());
    expect(await problems({ fix: true })).toEqual([]);
  });

  test('a row that was inserted while its trigger was off is sent after all', async () => {
    await user.query('ALTER TABLE tags DISABLE TRIGGER note_edit');
    await user.query("INSERT INTO tags (name) VALUES ('Unheard')");
    await user.query('ALTER TABLE tags ENABLE TRIGGER note_edit');
    expect(named(await problems())).toEqual(['tags rows_stuck']);
    expect(await problems({ fix: true })).toEqual([]);
    const { rows } = await user.query("SELECT count(*)::int AS rows FROM sync_outbox WHERE entity = 'tags'");
    expect(rows).toEqual([{ rows: 1 }]);
  });

  test('what a lost answer made twice is named, and archived by the statement that it names', async () => {
    const page = (recordId: string, title: string, minute: number) => {
      const at = new Date(Date.UTC(2026, 10, 1, 9, minute));
      const content = { fields: { title, tags: [] }, archived: false };
      return {
        recordId,
        row: { pageId: `page-${recordId}`, ...content, pageEditedAt: at, createdAt: at },
        state: {
          ...{ pageId: `page-${recordId}`, base: content.fields, archived: false, trashed: false, sending: null },
          ...{ statusBeforeArchive: null, syncKey: null, pageCreatedAt: at, pageEditedAt: at, bodyReadAt: null },
        },
      };
    };
    const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
    await entityStore(database, tasks, 'cycle-1').transaction((tx) =>
      tx.write([
        page(id(1), 'Pay the rent', 0),
        page(id(2), 'Pay the rent', 1),
        page(id(3), 'Water the plants', 0),
        page(id(4), 'Water the plants', 30),
      ]),
    );
    const [found, ...others] = await problems();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'duplicates', subject: 'tasks' });
    expect(found?.what).toMatch(/^«Pay the rent» is there 2 times/);
    await user.query(found?.mend.split(';')[0] ?? '');
    expect(await problems()).toEqual([]);
    const { rows } = await user.query('SELECT id FROM tasks WHERE archived_at IS NOT NULL');
    expect(rows).toEqual([{ id: id(2) }]);
  });

  test('a clock that is wrong', async () => {
    notion.workspace.clock.advance(600_000);
    const found = await problems();
    expect(named(found)).toContain('notion clock_skew');
    expect(found[0]?.what).toMatch(/^its clock is \d+ s ahead of that of this machine$/);
    notion.workspace.clock.advance(-600_000);
    expect(await problems()).toEqual([]);
  });
});
