import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { retention } from '../../../src/features/retention/retention.ts';
import type { WorkerServices } from '../../../src/runtime/services.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

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

it('deletes expired rows in batches, but not the last run of a sync, nor an open conflict', async () => {
  await database.execute(sql`
    INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms)
    SELECT 'cycle-' || n, 'tasks-notion-to-sql', 'tasks', 'inbound', CASE WHEN n = 7000 THEN 'failed' ELSE 'ok' END,
           now() - interval '100 days', now() - interval '100 days', 1 FROM generate_series(1, 7000) AS n`);
  await database.execute(sql`
    INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms)
    VALUES ('yesterday', 'notes-notion-to-sql', 'notes', 'inbound', 'ok', now() - interval '1 day', now() - interval '1 day', 1)`);
  await database.execute(sql`
    INSERT INTO sync_changes (cycle_id, entity, record_id, side, at)
    SELECT 'c', 'tasks', gen_random_uuid(), 'sql', now() - make_interval(days => d) FROM unnest(ARRAY[91, 91, 89]) AS d`);
  await database.execute(sql`
    INSERT INTO tool_deliveries (source, key, tool, asked, answer, at)
    SELECT 'telegram', d, 'find', 'a', '{}', now() - make_interval(days => d) FROM unnest(ARRAY[91, 89]) AS d`);
  await database.execute(sql`
    INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason, notion_version, sql_version, resolved_at, detected_at)
    SELECT 'tasks', gen_random_uuid(), 'c', 'sql', 'r', '{}', '{}', r, now() - interval '800 days'
      FROM unnest(ARRAY[now() - interval '366 days', now() - interval '10 days', NULL]) AS r`);

  const context = { config: readConfig({}), database } as WorkerServices; // This chore needs no other service.
  const once = (): Promise<string> =>
    retention({ ...context, signal: new AbortController().signal, progress: () => undefined });
  expect(await once()).toBe(
    'deleted 6998 of sync_run_history, 2 of sync_changes, 1 of tool_deliveries, 1 of sync_conflicts',
  );
  const kept = await database.query<{ cycle_id: string }>(sql`SELECT cycle_id FROM sync_run_history ORDER BY id`);
  expect(kept.map(({ cycle_id }) => cycle_id)).toEqual(['cycle-6999', 'cycle-7000', 'yesterday']);
  expect(await once()).toBe('nothing has expired');
});
