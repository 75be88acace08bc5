import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { readChangeMarker } from '../../../src/operations/status/change-marker.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let home: TestDatabase;
let database: DatabasePool;

beforeAll(async () => {
  home = await freshDatabase();
  database = openDatabase(home.url, 2);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

test('no closed conflict or creation is read', async () => {
  await database.execute(sql`
    INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason, resolved_at)
      SELECT 'tasks', gen_random_uuid(), 'cycle', 'notion', 'Notion was edited later', now() FROM generate_series(1, 5000)`);
  await database.execute(sql`
    INSERT INTO creation_intents (entity, record_id, started_at, sent, closed_at)
      SELECT 'tasks', gen_random_uuid(), now(), '{}', now() FROM generate_series(1, 5000)`);
  await database.execute('ANALYZE sync_conflicts, creation_intents');
  const plan: string[] = [];
  const explaining: Database = {
    execute: (...args) => database.execute(...args),
    query: async (statement) => {
      const lines = await database.query<{ 'QUERY PLAN': string }>(
        typeof statement === 'string' ? expect.fail('a text') : sql`EXPLAIN ${statement}`,
      );
      plan.push(...lines.map((line) => line['QUERY PLAN']));
      return [];
    },
  };
  await readChangeMarker(explaining);
  expect(plan.join('\n')).toContain('sync_conflicts_open_idx');
  expect(plan.join('\n')).toContain('creation_intents_open_idx');
  expect(plan.join('\n')).not.toMatch(/Seq Scan on (sync_conflicts|creation_intents)/);
});
