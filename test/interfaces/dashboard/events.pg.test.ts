import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Database, type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { entityStore } from '../../../src/database/entity-store.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { type DashboardOptions, startDashboard } from '../../../src/interfaces/dashboard/server.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { ask, press } from './ask.ts';
import { quietOptions, quietTemporal } from './quiet-options.ts';
import { sampleConflict } from './sample.ts';

const TOKEN = 'a-token-of-the-test-and-of-nobody-else';
const RECORD = 'c1aa28d4-d2e5-44c4-ae87-4fb8972d68bb';

let home: TestDatabase;
let database: DatabasePool;
let dashboard: HttpService | null = null;
let said: string[] = [];
let progress = new Map<string, { done: number; total: number }>();

beforeAll(async () => {
  home = await freshDatabase();
  database = openDatabase(home.url, 4);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});
afterEach(async () => {
  await dashboard?.stop();
  dashboard = null;
  expect(said).toEqual([]);
  said = [];
});

async function start(different: Partial<DashboardOptions> = {}): Promise<string> {
  dashboard = await startDashboard({
    ...quietOptions,
    database,
    temporal: { ...quietTemporal, look: async () => ({ schedule: '', isPaused: false, open: [], progress }) },
    say: (line) => said.push(line),
    ...different,
  });
  return dashboard.url;
}

interface Events {
  readonly response: IncomingMessage;
  readonly request: ClientRequest;
  /** How many changes it has told of. */
  readonly count: () => number;
  /** Whether the server has ended it properly. */
  readonly ended: Promise<boolean>;
}

function listen(url: string, headers = {}, since = new Date()): Promise<Events> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/events?since=${since.toISOString()}`, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      const ended = new Promise<boolean>((end) => {
        response.once('end', () => end(true));
        response.once('error', () => end(false));
      });
      resolve({ response, request: sending, count: () => text.split('data: changed\n\n').length - 1, ended });
    });
    sending.on('error', reject);
    sending.end();
  });
}

/** PostgreSQL, Temporal, the plan and the doctor. */
const SOURCES = 4;

test('tells of every change that pages show', async () => {
  const url = await start();
  const events = await listen(url);
  expect(events.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  // Each of its sources tells once at first; such an event must not be taken for that of the first change.
  await expect.poll(events.count).toBe(SOURCES);
  const [task] = await database.query<{ id: string }>(sql`INSERT INTO tasks (title) VALUES ('Buy milk') RETURNING id`);
  const id = task?.id ?? '';
  const run = sql`INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms)
    VALUES ('cycle', 'tasks-notion-to-sql', 'tasks', 'inbound', 'ok', now(), now(), 1)`;
  const change = sql`INSERT INTO sync_changes (cycle_id, entity, record_id, side) VALUES ('cycle', 'tasks', ${RECORD}::uuid, 'sql')`;
  const conflictId = { value: '' };
  const changes: Readonly<Record<string, () => Promise<unknown>>> = {
    'an edit': () => database.execute(sql`UPDATE tasks SET title = 'Buy oat milk' WHERE id = ${id}::uuid`),
    'the same edit, synced': () => database.execute(sql`DELETE FROM sync_outbox`),
    'a change': () => database.execute(change),
    'a run': () => database.execute(run),
    'a conflict': async () => {
      conflictId.value = await sampleConflict(database, id, 'page-1');
    },
    'a resolved conflict': () =>
      database.execute(sql`UPDATE sync_conflicts SET resolved_at = now() WHERE id = ${conflictId.value}::uuid`),
    'an approval': () =>
      entityStore(database, tasks, '').transaction((tx) => tx.holdArchives('outbound', [id], 'many at once')),
    'a closed approval': () => database.execute(sql`UPDATE sync_approvals SET closed_at = now()`),
    'a running cycle': async () => {
      progress = new Map([['cycle', { done: 1, total: 2 }]]);
    },
  };
  for (const [what, make] of Object.entries(changes)) {
    const before = events.count();
    await make();
    await expect.poll(events.count, { message: what }).toBeGreaterThan(before);
  }
  events.request.destroy();
});

test('streams to signed-in visitors only, and ends when they sign out', async () => {
  const url = await start({ token: TOKEN });
  expect((await ask(`${url}/events`)).status).toBe(401);
  const [cookie = ''] = (await ask(`${url}/?token=${TOKEN}`)).headers['set-cookie'] ?? [];
  const headers = { cookie: cookie.split(';', 1)[0] ?? '' };
  const events = await listen(url, headers);
  expect(events.response.statusCode).toBe(200);
  await press(url, '/sign-out', {}, headers);
  await database.execute(sql`INSERT INTO tasks (title) VALUES ('Secret')`);
  expect(await events.ended).toBe(true);
});

test('is served only under names of this machine', async () => {
  const url = await start();
  expect((await ask(`${url}/events`, { headers: { host: 'evil.example' } })).status).toBe(421);
});

test('ends at once when the dashboard stops', async () => {
  const url = await start();
  const events = await listen(url);
  await dashboard?.stop();
  expect(await events.ended).toBe(true);
});

test('has a limit, and says so', async () => {
  const url = await start();
  const open = await Promise.all(Array.from({ length: 50 }, () => listen(url)));
  const refused = await ask(`${url}/events`);
  expect(refused.status).toBe(503);
  expect(refused.body).toContain('Too many pages are open: this one does not refresh itself.');
  open[0]?.request.destroy();
  const statusOfNext = async () => {
    const next = await listen(url);
    next.request.destroy();
    return next.response.statusCode;
  };
  await expect.poll(statusOfNext).toBe(200);
  for (const { request: sending } of open) sending.destroy();
});

test('goes on while PostgreSQL is away, says nothing, and tells when it is back', async () => {
  const away = openDatabase('postgresql://nobody@127.0.0.1:1/none', 1);
  let isAway = false;
  let refused = 0;
  const flaky: Database = {
    query: async <Row extends object>(...args: Parameters<Database['query']>) => {
      if (isAway) refused += 1;
      return (isAway ? away : database).query<Row>(...args);
    },
    execute: (...args) => database.execute(...args),
  };
  const url = await start({ database: flaky });
  const events = await listen(url);
  await expect.poll(events.count).toBeGreaterThan(0);
  isAway = true;
  await expect.poll(() => refused).toBeGreaterThan(1);
  const before = events.count();
  isAway = false;
  await expect.poll(events.count).toBeGreaterThan(before);
  events.request.destroy();
  await away.close();
});
