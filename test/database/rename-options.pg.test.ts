import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../src/database/client.ts';
import { readCachedDataSource, saveDataSource } from '../../src/database/sources.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const SOURCE = { configuredId: 'c', id: 'd', properties: { status: { id: 's', type: 'select' } }, syncKey: null };
const SWAP = [{ field: 'status', names: { Todo: 'Done', Done: 'Todo' } }];
const OTHER = '00000000-0000-4000-8000-000000000009';

let server: TestDatabase;
let database: DatabasePool;
/** A user's own connection. */
let user: pg.Pool;

beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase(server.url, 4);
  user = new pg.Pool({ connectionString: server.url, max: 2 });
});
afterAll(async () => {
  await user.end();
  await database.close();
  await server.drop();
});
beforeEach(async () => {
  await user.query('TRUNCATE tasks, projects, sync_state, sync_outbox, creation_intents, sync_conflicts, sync_sources');
});

const rows = async (query: string) => (await user.query(query)).rows;

describe('renaming options in SQL', () => {
  test('swaps two names wherever they are stored, of this entity and field only, and stamps no row', async () => {
    await user.query(
      "INSERT INTO tasks (title, status) VALUES ('a', 'Todo'), ('b', 'Done'), ('c', 'Waiting'), ('d', NULL)",
    );
    await user.query("INSERT INTO projects (name, status) VALUES ('p', 'Todo')");
    await user.query("DELETE FROM sync_outbox WHERE record_id <> (SELECT id FROM tasks WHERE title = 'a')");
    await user.query(
      `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, sending, status_before_archive, page_created_at, page_edited_at)
       SELECT 'tasks', id, title, '{"status": "Todo", "priority": "Done"}'::jsonb, false, false, '{"fields": {"status": "Done"}, "archived": false}'::jsonb, 'Todo', now(), now()
         FROM tasks WHERE title = 'a'
       UNION SELECT 'tasks', id, title, '{"status": null}', false, false, NULL, NULL, now(), now() FROM tasks WHERE title = 'd'
       UNION SELECT 'projects', id, name, '{"status": "Todo"}', false, false, NULL, 'Todo', now(), now() FROM projects`,
    );
    await user.query(
      `INSERT INTO creation_intents (entity, record_id, started_at, sent) VALUES ('tasks', '${OTHER}', now(), '{"status": "Todo"}')`,
    );
    await user.query(
      `INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason, base_version, sql_version, resolved_at)
       VALUES ('tasks', '${OTHER}', 'c', 'notion', 'waits', NULL, '{"status": "Done"}', NULL),
              ('tasks', '${OTHER}', 'c', 'notion', 'settled', NULL, '{"status": "Done"}', now())`,
    );
    const stamps = 'SELECT title, sql_local_last_edited_at, updated_at FROM tasks ORDER BY title';
    const before = await rows(stamps);
    const outbox = await rows('SELECT * FROM sync_outbox');

    await saveDataSource(database, tasks, SOURCE, SWAP);

    expect(await rows('SELECT title, status FROM tasks ORDER BY title')).toEqual([
      { title: 'a', status: 'Done' },
      { title: 'b', status: 'Todo' },
      { title: 'c', status: 'Waiting' },
      { title: 'd', status: null },
    ]);
    expect(await rows(stamps)).toEqual(before);
    expect(await rows('SELECT * FROM sync_outbox')).toEqual(outbox);
    expect(
      await rows('SELECT page_id, base, sending, status_before_archive AS was FROM sync_state ORDER BY page_id'),
    ).toEqual([
      {
        page_id: 'a',
        base: { status: 'Done', priority: 'Done' },
        sending: { fields: { status: 'Todo' }, archived: false },
        was: 'Done',
      },
      { page_id: 'd', base: { status: null }, sending: null, was: null },
      { page_id: 'p', base: { status: 'Todo' }, sending: null, was: 'Todo' },
    ]);
    expect(await rows('SELECT sent FROM creation_intents')).toEqual([{ sent: { status: 'Done' } }]);
    expect(await rows('SELECT reason, sql_version FROM sync_conflicts ORDER BY reason')).toEqual([
      { reason: 'settled', sql_version: { status: 'Done' } },
      { reason: 'waits', sql_version: { status: 'Todo' } },
    ]);
    expect(await rows('SELECT status FROM projects')).toEqual([{ status: 'Todo' }]);
    expect(await readCachedDataSource(database, tasks)).toEqual(SOURCE);
  });

  test('is atomic: while a row is locked, the data source is not saved either', async () => {
    await user.query("INSERT INTO tasks (title, status) VALUES ('a', 'Todo')");
    const holder = await user.connect();
    await holder.query("BEGIN; UPDATE tasks SET title = 'held'");
    await expect(saveDataSource(database, tasks, SOURCE, SWAP)).rejects.toMatchObject({ code: 'row_locked' });
    await holder.query('COMMIT');
    holder.release();
    expect(await readCachedDataSource(database, tasks)).toBeNull();
    await saveDataSource(database, tasks, SOURCE, SWAP);
    expect(await rows('SELECT title, status FROM tasks')).toEqual([{ title: 'held', status: 'Done' }]);
  });

  test('properties stored by the first versions are still known by id', async () => {
    await saveDataSource(database, tasks, SOURCE);
    await user.query(`UPDATE sync_sources SET properties = '{"status": "abc"}'`);
    expect((await readCachedDataSource(database, tasks))?.properties).toEqual({ status: { id: 'abc', type: '' } });
  });
});
