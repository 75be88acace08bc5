import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const PAGE = '1f2e3d4c-5b6a-4789-8abc-def012345678';
const HEX = PAGE.replaceAll('-', '');
const VIEW = '00112233445566778899aabbccddeeff';

let server: TestDatabase;
/** The owner of the tables, with the default search_path. */
let owner: pg.Client;
/** Another client, new for each test. */
let client: pg.Client;

const connect = async (): Promise<pg.Client> => {
  const connection = new pg.Client({ connectionString: server.url });
  await connection.connect();
  return connection;
};

beforeAll(async () => {
  server = await freshDatabase();
  owner = await connect();
});
afterAll(async () => {
  await owner.end();
  await server.drop();
});
beforeEach(async () => {
  await asSync('DELETE FROM tasks; DELETE FROM tags; DELETE FROM task_tags; DELETE FROM calendar_events');
  await owner.query('DELETE FROM sync_outbox; DELETE FROM creation_intents');
  client = await connect();
});
afterEach(() => client.end());

async function sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await owner.query<Row>(text, values)).rows;
}

/** Writes that are no edits. */
async function asSync(statements: string): Promise<void> {
  await owner.query(`BEGIN; SELECT set_config('lockstep.sync', 'on', true); ${statements}; COMMIT`);
}

/** What is to be sent, as `entity id`. */
const outbox = async (): Promise<string[]> =>
  (await sql<{ edit: string }>("SELECT entity || ' ' || record_id AS edit FROM sync_outbox ORDER BY 1")).map(
    ({ edit }) => edit,
  );

const insertTask = async (title: string, tag: string | null = null): Promise<string> => {
  const id = randomUUID();
  await asSync(`INSERT INTO tasks (id, title, notion_page_id) VALUES ('${id}', '${title}', '${randomUUID()}')`);
  if (tag) await asSync(`INSERT INTO task_tags (task_id, tag_id) VALUES ('${id}', '${tag}')`);
  return id;
};

/** Each kind of write to each kind of table, with qualified names; each is recorded. */
async function expectAllWritesRecorded(): Promise<void> {
  const task = await insertTask('Old');
  const edits = [
    `UPDATE public.tasks SET title = 'New' WHERE id = '${task}'`,
    `INSERT INTO public.task_tags (task_id, tag_id) VALUES ('${task}', '${task}')`,
    `DELETE FROM public.task_tags WHERE task_id = '${task}'`,
    `DELETE FROM public.tasks WHERE id = '${task}'`,
  ];
  for (const edit of edits) {
    await owner.query('DELETE FROM public.sync_outbox');
    await client.query(edit);
    expect(await outbox(), edit).toEqual([`tasks ${task}`]);
  }
  await owner.query('DELETE FROM sync_outbox');
  const { rows } = await client.query("INSERT INTO public.tasks (title) VALUES ('A') RETURNING *");
  const { rows: events } = await client.query("INSERT INTO public.calendar_events (summary) VALUES ('A') RETURNING *");
  expect(rows).toMatchObject([{ notion_page_id: `sql:${rows[0].id}`, sql_local_last_edited_at: expect.any(Date) }]);
  expect(await outbox()).toEqual([`calendar_personal ${events[0].id}`, `tasks ${rows[0].id}`]);
  await owner.query(`INSERT INTO creation_intents (entity, record_id, started_at, sent, page_id, temporary_id)
    VALUES ('tasks', gen_random_uuid(), now(), '{}', '${PAGE}', 'sql:chat_1')`);
  const { rows: chosen } = await client.query(
    "INSERT INTO public.tasks (notion_page_id) VALUES ('sql:chat_1') RETURNING *",
  );
  expect(chosen).toMatchObject([{ notion_page_id: PAGE }]);
}

describe('a client may write', () => {
  test('with an empty search_path, as that of pg_dump', async () => {
    await client.query("SELECT pg_catalog.set_config('search_path', '', false)");
    await expectAllWritesRecorded();
  });

  test('with a schema of its own that has tables and functions of the same names', async () => {
    await client.query(`CREATE SCHEMA mine; SET search_path = mine, public;
      CREATE TABLE mine.tasks (LIKE public.tasks); CREATE TABLE mine.sync_outbox (LIKE public.sync_outbox);
      CREATE TABLE mine.creation_intents (LIKE public.creation_intents);
      CREATE FUNCTION mine.lockstep_is_syncing() RETURNS boolean LANGUAGE sql AS 'SELECT true'`);
    try {
      await expectAllWritesRecorded();
      expect(await sql('SELECT FROM mine.sync_outbox')).toEqual([]);
    } finally {
      await owner.query('DROP SCHEMA mine CASCADE');
    }
  });

  test('with temporary tables of the same names', async () => {
    await client.query(`CREATE TEMP TABLE tasks (LIKE public.tasks); CREATE TEMP TABLE sync_outbox (LIKE public.sync_outbox);
      CREATE TEMP TABLE creation_intents (LIKE public.creation_intents)`);
    await expectAllWritesRecorded();
  });

  describe('as a role', () => {
    const role = `writer_${randomBytes(6).toString('hex')}`;
    beforeAll(() => owner.query(`CREATE ROLE ${role}; CREATE SCHEMA theirs AUTHORIZATION ${role}`));
    afterAll(() => owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    beforeEach(() => client.query(`SET ROLE ${role}`));

    test('with rights on the tables alone', async () => {
      await owner.query(
        `GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON tasks, task_tags, calendar_events TO ${role}`,
      );
      await expectAllWritesRecorded();
      await owner.query('DELETE FROM sync_outbox');
      const task = await insertTask('A', randomUUID());
      await client.query('TRUNCATE task_tags');
      expect(await outbox()).toEqual([`tasks ${task}`]);
    });

    test.each([
      ['stamp_edit', 'BEFORE INSERT'],
      ['note_edit', 'AFTER INSERT'],
      ['stamp_event', 'BEFORE INSERT'],
      ['note_event', 'AFTER INSERT'],
      ['note_link', 'AFTER INSERT'],
      ['hint_edit', 'AFTER INSERT'],
    ])('but not attach lockstep_%s, which has the rights of its owner, to its own table', async (name, when) => {
      await client.query('CREATE TABLE IF NOT EXISTS theirs.links (task_id uuid)');
      const attach = `CREATE TRIGGER t ${when} ON theirs.links FOR EACH ROW EXECUTE FUNCTION public.lockstep_${name}('tasks', 'task_id')`;
      await expect(client.query(attach)).rejects.toThrow(/^permission denied for function/);
    });
  });

  test('as pg_restore, data only', async ({ skip }) => {
    const tools = spawnSync('pg_restore', ['--version'], { encoding: 'utf8' }).stdout?.match(/(\d+)\./)?.[1];
    const [{ version } = { version: '' }] = await sql<{ version: string }>(
      "SELECT current_setting('server_version_num') AS version",
    );
    if (tools !== version.slice(0, 2)) return skip('needs the pg_restore of this version of PostgreSQL');
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-dump-'));
    try {
      const task = await insertTask('Kept', randomUUID());
      const [before] = await sql('SELECT * FROM tasks');
      const tables = ['-t', 'tasks', '-t', 'task_tags'];
      execFileSync('pg_dump', ['-Fc', '--data-only', ...tables, '-f', join(folder, 'dump'), server.url]);
      await asSync('DELETE FROM tasks; DELETE FROM task_tags');
      execFileSync('pg_restore', ['--data-only', '--exit-on-error', '-d', server.url, join(folder, 'dump')]);
      expect(await sql('SELECT * FROM tasks')).toMatchObject([
        { id: task, title: 'Kept', created_at: before?.created_at },
      ]);
      expect(await sql('SELECT FROM task_tags')).toHaveLength(1);
      expect(await outbox()).toEqual([`tasks ${task}`]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a page id', () => {
  const insert = async (pageId: string, more = ''): Promise<string> => {
    const { rows } = await client.query(`INSERT INTO tasks (notion_page_id) VALUES ($1) ${more} RETURNING *`, [pageId]);
    return rows[0]?.notion_page_id;
  };

  test.each([
    ['as Notion writes it', PAGE],
    ['without dashes', HEX],
    ['in upper case', PAGE.toUpperCase()],
    ['in upper case without dashes', HEX.toUpperCase()],
    ['with spaces around it', ` ${PAGE}\n`],
    ["as a page's URL", `https://www.notion.so/Call-Ada-${HEX}`],
    ['as a URL with a workspace and a query', `https://www.notion.so/ada/Cafe-${HEX}?pvs=4`],
    ['as a URL of a block', `https://app.notion.com/p/Call-Ada-${HEX}#${VIEW}`],
    ['as the URL of a page beside its database', `https://www.notion.so/ada/${VIEW}?v=${VIEW}&p=${HEX}&pm=s`],
    ['as a link to the app', `notion://www.notion.so/${HEX}`],
  ])('%s is stored as Notion writes it', async (_, text) => {
    expect(await insert(text)).toBe(PAGE);
    expect(await insert(text, 'ON CONFLICT (notion_page_id) DO NOTHING')).toBeUndefined();
    await asSync("UPDATE tasks SET notion_page_id = 'page-1'");
    const { rows } = await client.query('UPDATE tasks SET notion_page_id = $1 RETURNING *', [text]);
    expect(rows).toMatchObject([{ notion_page_id: PAGE }]);
  });

  test('in another spelling of the same id is no edit', async () => {
    await asSync(`INSERT INTO tasks (notion_page_id) VALUES ('${PAGE}')`);
    await client.query(`UPDATE tasks SET notion_page_id = '${HEX}'`);
    expect(await outbox()).toEqual([]);
  });

  test.each([`sql:${HEX}`, 'sql:telegram_7', 'legacy-17', `${HEX}00`, 'https://example.com', ''])(
    '"%s", which is none, is kept',
    async (text) => {
      expect(await insert(text)).toBe(text);
    },
  );

  test('is corrected in no event of Google', async () => {
    const { rows } = await client.query('INSERT INTO calendar_events (google_event_id) VALUES ($1) RETURNING *', [HEX]);
    expect(rows).toMatchObject([{ google_event_id: HEX }]);
  });
});

describe('TRUNCATE', () => {
  test.each(['tasks', 'tags', 'calendar_events'])('of %s is recorded as a DELETE of all rows', async (table) => {
    const values = table === 'calendar_events' ? "('personal'), ('work_readonly')" : "('a'), ('b')";
    const column = table === 'calendar_events' ? 'calendar_type' : 'notion_page_id';
    const insert = `INSERT INTO ${table} (id, ${column}) SELECT md5(v)::uuid, v FROM (VALUES ${values}) AS x(v)`;
    await asSync(insert);
    await client.query(`DELETE FROM ${table}`);
    const deleted = await outbox();
    expect(deleted).toHaveLength(2);
    await owner.query('DELETE FROM sync_outbox');
    await asSync(insert);
    await client.query(`TRUNCATE ${table}`);
    expect(await sql(`SELECT FROM ${table}`)).toEqual([]);
    expect(await outbox()).toEqual(deleted);
  });

  test('of a join table is an edit of every row that lost links, and of no other', async () => {
    await insertTask('Without tags');
    const tagged = [await insertTask('A', randomUUID()), await insertTask('B', randomUUID())];
    await client.query('TRUNCATE task_tags');
    expect(await sql('SELECT FROM task_tags')).toEqual([]);
    expect(await outbox()).toEqual(tagged.map((id) => `tasks ${id}`).sort());
    const edited = await sql<{ id: string }>('SELECT id FROM tasks WHERE sql_local_last_edited_at IS NOT NULL');
    expect(edited.map(({ id }) => id).sort()).toEqual([...tagged].sort());
  });

  test('of a table and its join table together is recorded', async () => {
    const task = await insertTask('A', randomUUID());
    await client.query('TRUNCATE task_tags, tasks');
    expect(await outbox()).toEqual([`tasks ${task}`]);
  });

  test('by the sync is no edit', async () => {
    await insertTask('A', randomUUID());
    await asSync('TRUNCATE task_tags; TRUNCATE tasks; TRUNCATE calendar_events');
    expect(await outbox()).toEqual([]);
  });

  test('is noticed on every table whose rows are recorded', async () => {
    const tables = (names: string) =>
      sql(`SELECT c.relname, t.tgfoid, t.tgargs FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE t.tgname IN (${names}) ORDER BY 1`);
    const recorded = await tables("'note_edit', 'note_link'");
    expect(recorded).toHaveLength(17);
    expect(await tables("'note_truncate'")).toEqual(recorded);
  });
});
