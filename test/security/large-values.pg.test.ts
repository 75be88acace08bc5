import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database, DatabasePool } from '../../src/database/client.ts';
import { startDashboard } from '../../src/interfaces/dashboard/server.ts';
import { toolNamed } from '../../src/interfaces/tools/index.ts';
import type { HttpService } from '../../src/shared/http-service.ts';
import { quietOptions } from '../interfaces/dashboard/quiet-options.ts';
import { openToolHome, type ToolHome } from '../interfaces/tools/support.ts';

const VALUE_BYTES = 5_000_000;
const MAX_BYTES = 1_000_000;

let home: ToolHome;
let dashboard: HttpService;
/** What the largest query since the last reset has returned. */
let largest = 0;
let ids: { task: string; conflict: string };

/** The database, with the size of each answer. */
const measured = (pool: DatabasePool): DatabasePool => ({
  execute: (...statement) => pool.execute(...statement),
  close: () => pool.close(),
  query: async <Row extends object>(...statement: Parameters<Database['query']>) => {
    const rows = await pool.query<Row>(...statement);
    const size = JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value)).length;
    largest = Math.max(largest, size);
    return rows;
  },
});

beforeAll(async () => {
  home = await openToolHome();
  const text = `repeat('x', ${VALUE_BYTES})`;
  const version = `jsonb_build_object('archived', false, 'title', ${text}, 'notes', ${text})`;
  const [row] = await home.database.query<{ task: string }>(
    `INSERT INTO tasks (title, notes, due_date) VALUES ('Long ' || ${text}, ${text}, current_date) RETURNING id AS task`,
  );
  const task = row?.task ?? expect.fail('no task');
  const [stored] = await home.database.query<{ conflict: string }>(
    `INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason, base_version, notion_version, sql_version)
     VALUES ('tasks', $1, 'c', 'sql', 'newest edit', ${version}, ${version}, ${version}) RETURNING id AS conflict`,
    [task],
  );
  await home.database.query(
    `INSERT INTO sync_changes (cycle_id, entity, record_id, side, before, after) VALUES ('c', 'tasks', $1, 'sql', ${version}, ${version})`,
    [task],
  );
  await home.database.query(
    `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
     VALUES ('tasks', $1, 'page-long', ${version} - 'archived', false, false, now(), now())`,
    [task],
  );
  ids = { task, conflict: stored?.conflict ?? expect.fail('no conflict') };
  dashboard = await startDashboard({ ...quietOptions, database: measured(home.database) });
});
afterAll(async () => {
  await dashboard.stop();
  await home.close();
});

test.each([
  ...['/', '/entities/tasks', '/conflicts', '/conflicts/CONFLICT'],
  ...['/records?q=Long', '/records?q=TASK', '/records/tasks/TASK', '/records/tasks/TASK?asof=2026-01-01'],
  ...['/records/tasks/TASK?asof=c', '/cycles', '/cycles/c', '/cycles/c/undo'],
])('the dashboard reads only the beginning of values of 5 MB: %s', async (path) => {
  largest = 0;
  const response = await fetch(dashboard.url + path.replace('CONFLICT', ids.conflict).replace('TASK', ids.task));
  expect(response.status).toBe(200);
  expect((await response.text()).length).toBeLessThan(MAX_BYTES);
  expect(largest).toBeLessThan(MAX_BYTES);
});

test.each([
  ['find', { query: 'Long' }],
  ['today', {}],
  ['list_changes', {}],
  ['get_record', { entity: 'tasks' }],
])('the tool %s reads only the beginning of values of 5 MB', async (name, input) => {
  largest = 0;
  const context = { database: measured(home.database), now: new Date(), timeZone: 'UTC', source: 'mcp' } as const;
  const answer = await toolNamed(name).call(context, name === 'get_record' ? { ...input, id: ids.task } : input);
  expect(answer.text).toContain('xxx');
  expect(JSON.stringify(answer).length).toBeLessThan(MAX_BYTES);
  expect(largest).toBeLessThan(MAX_BYTES);
});
