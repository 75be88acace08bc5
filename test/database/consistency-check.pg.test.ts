import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DatabasePool, openDatabase, sql, transaction } from '../../src/database/client.ts';
import { type ConsistencyCheck, checkConsistency } from '../../src/database/consistency-check.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { canonicalFields } from '../../src/notion/canonical-fields.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let testDatabase: TestDatabase;
let database: DatabasePool;

beforeAll(async () => {
  testDatabase = await freshDatabase();
  database = openDatabase(testDatabase.url, 2);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Five tasks that are in sync, as the sync leaves them. */
beforeEach(async () => {
  await database.execute(sql`TRUNCATE tasks, tags, task_tags, sync_state, sync_outbox, pending_links`);
  await asSync(`
    INSERT INTO tags (id, name, notion_page_id) VALUES ('${id(1)}', 'Home', 'page-of-tag');
    INSERT INTO tasks (id, notion_page_id, title, status, due_date, due_time, notes, completed_at)
    SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'page-' || n, 'Task ' || n, 'Todo', '2026-12-01', time '09:30', 'words', '2026-11-25T10:00:00.5Z'
      FROM generate_series(1, 5) AS n;
    INSERT INTO task_tags (task_id, tag_id) VALUES ('${id(5)}', '${id(1)}');
    INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
    SELECT 'tasks', id, notion_page_id, jsonb_build_object('title', title, 'status', 'Todo', 'due_date', '2026-12-01T09:30:00', 'notes', 'words',
      'completed_at', '2026-11-25T10:00:00.000Z', 'priority', NULL, 'project_id', NULL, 'tags', CASE WHEN title = 'Task 5' THEN '["page-of-tag"]'::jsonb ELSE '[]' END),
      false, false, now(), now() FROM tasks`);
});

/** Not stamped as edits: like a script that writes as the sync, or a restored backup. */
const asSync = (statements: string): Promise<unknown> =>
  transaction(database, { as: 'sync' }, (tx) => tx.execute(statements));

const check = (issues: ReadonlyMap<string, string> = new Map()): Promise<ConsistencyCheck> =>
  checkConsistency(database, {
    entities: [tasks],
    canonical: (entity) => canonicalFields(entity, 'Europe/Madrid'),
    issues,
  });
const differing = async (): Promise<Record<string, unknown>> => {
  const { named, hashes } = await check();
  expect(hashes.sql).not.toBe(hashes.remote);
  return Object.fromEntries(named.map(({ record, fields, why }) => [Number(record.slice(-2)), [fields, why]]));
};

describe('a consistency check', () => {
  it('has equal hashes for both sides of a table that is in sync, and is repeatable', async () => {
    const first = await check();
    expect(first).toMatchObject({ records: 5, differing: 0, named: [] });
    expect(first.hashes.sql).toBe(first.hashes.remote);
    expect((await check()).hashes).toEqual(first.hashes);
  });

  it('treats rows as equal when Notion would return the same content', async () => {
    await asSync(`UPDATE tasks SET notes = '*some* **words**', priority = '' WHERE title = 'Task 1';
      UPDATE sync_state SET base = base || '{"notes": "*some* **words**"}' WHERE page_id = 'page-1';
      UPDATE tasks SET notes = '_some_ words' WHERE title = 'Task 2';
      UPDATE sync_state SET base = base || '{"notes": "*some* words"}' WHERE page_id = 'page-2'`);
    const { differing, hashes } = await check();
    expect(differing).toBe(0);
    expect(hashes.sql).toBe(hashes.remote);
  });

  it('treats archived on one side and missing on the other as equal', async () => {
    await asSync(`DELETE FROM tasks WHERE title = 'Task 1'; UPDATE sync_state SET archived = true WHERE page_id = 'page-1';
      UPDATE tasks SET archived_at = now() WHERE title = 'Task 2'; DELETE FROM sync_state WHERE page_id = 'page-2'`);
    expect(await check()).toMatchObject({ differing: 0 });
  });

  it.each([
    ['a silent edit', "UPDATE tasks SET title = 'other' WHERE title = 'Task 1'", 1, ['title'], /cause is unknown/],
    [
      'a silent edit of a time',
      "UPDATE tasks SET due_time = '10:00' WHERE title = 'Task 1'",
      1,
      ['due_date'],
      /cause is unknown/,
    ],
    ['a link removed silently', 'DELETE FROM task_tags', 5, ['tags'], /cause is unknown/],
    [
      'a row archived in silence',
      "UPDATE tasks SET archived_at = now() WHERE title = 'Task 1'",
      1,
      ['status', 'archived'],
      /cause is unknown/,
    ],
    ['a deleted row', "DELETE FROM tasks WHERE title = 'Task 1'", 1, [], /comes back/],
    [
      'a row without a page',
      "INSERT INTO tasks (id, title) VALUES ('00000000-0000-4000-8000-000000000009', 'new')",
      9,
      [],
      /no page yet/,
    ],
    [
      'a lost answer',
      `UPDATE sync_state SET base = base || '{"title": "x"}', sending = '{}' WHERE page_id = 'page-1'`,
      1,
      ['title'],
      /no response/,
    ],
    [
      'a waiting link',
      "INSERT INTO pending_links (entity, record_id, field, page_id) SELECT 'tasks', id, 'tags', 'unknown' FROM tasks WHERE title = 'Task 1'",
      1,
      ['tags'],
      /has no row/,
    ],
  ] as const)('names %s', async (_, statement, record, fields, why) => {
    await asSync(statement);
    expect(await differing()).toEqual({ [record]: [fields, expect.stringMatching(why)] });
  });

  it('names a pending edit, and why it was not sent when that is known', async () => {
    await database.execute(sql`UPDATE tasks SET title = 'edited' WHERE title = 'Task 1'`);
    expect(await differing()).toEqual({ 1: [['title'], expect.stringMatching('the edit is pending')] });
    expect((await check(new Map([[id(1), 'Notion refuses it']]))).named).toMatchObject([{ why: 'Notion refuses it' }]);
  });

  it('counts all differing records and names the first ones', async () => {
    await asSync(`INSERT INTO tasks (title) SELECT 'new' FROM generate_series(1, 1200)`);
    const { records, differing, named } = await check();
    expect([records, differing, named.length]).toEqual([1205, 1200, 20]);
  });
});
