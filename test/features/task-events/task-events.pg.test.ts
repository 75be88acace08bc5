import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import { applyTaskEvents } from '../../../src/features/task-events/sync-task-events.ts';
import { decideConflict, losingSide, readChoice } from '../../../src/operations/history/choose-versions.ts';
import { findConflict } from '../../../src/operations/history/conflicts.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const timeZone = 'America/Los_Angeles';
const now = new Date('2026-12-01T20:00:00Z');
const NOTHING = { created: 0, updated: 0, archived: 0, rescheduled: 0, conflicts: 0, issues: [] };

let testDatabase: TestDatabase;
let database: DatabasePool;
let user: pg.Client;

beforeAll(async () => {
  testDatabase = await freshDatabase();
  database = openDatabase(testDatabase.url, 5);
  user = new pg.Client({ connectionString: testDatabase.url, options: '-c TimeZone=UTC -c DateStyle=ISO' });
  await user.connect();
});
afterAll(async () => {
  await user.end();
  await database.close();
  await testDatabase.drop();
});
beforeEach(() => addTask());
afterEach(() => sql('TRUNCATE tasks, calendar_events, task_events, sync_state, sync_outbox, sync_conflicts'));

const apply = (more: { only?: 'reschedules' } = {}) =>
  applyTaskEvents(database, { cycleId: 'cycle-1', now, timeZone, ...more });

async function sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await user.query<Row>(text, values)).rows;
}

/** Writes as the sync does: not stamped, and not sent. */
async function bySync(text: string): Promise<void> {
  await sql(`BEGIN; SET LOCAL lockstep.sync = 'on'; ${text}; COMMIT`);
}

/** Marks everything in the outbox as sent. */
const send = () => sql('DELETE FROM sync_outbox');

const TASK = '11111111-1111-4111-8111-111111111111';
const addTask = () =>
  sql(`INSERT INTO tasks (id, title, notes, due_date, sql_local_last_edited_at)
    VALUES ('${TASK}', 'Wrap', 'With paper', '2026-12-24', '2026-12-01T10:00:00Z')`);
const theTask = async () =>
  (
    await sql('SELECT due_date::text, due_time::text, sql_local_last_edited_at AS edited FROM tasks WHERE id = $1', [
      TASK,
    ])
  )[0];
const events = () =>
  sql<{ id: string; live: boolean; start_time: Date; edited: Date }>(
    `SELECT id, summary, description, start_time, end_time, all_day, time_zone, calendar_type, source_task_id, google_event_id,
       archived_at IS NULL AS live, sql_local_last_edited_at AS edited FROM calendar_events ORDER BY created_at`,
  );
const starts = async () =>
  (await events()).filter(({ live }) => live).map(({ start_time }) => start_time.toISOString());
const outbox = async () =>
  (await sql<{ entity: string }>('SELECT entity FROM sync_outbox ORDER BY entity')).map(({ entity }) => entity);

describe('the event of a task', () => {
  test('is created once, and sent to Google', async () => {
    await send();
    expect(await apply()).toEqual({ ...NOTHING, created: 1 });
    expect(await events()).toEqual([
      expect.objectContaining({
        summary: 'Wrap',
        description: 'With paper',
        start_time: new Date('2026-12-24T08:00:00Z'),
        end_time: new Date('2026-12-25T08:00:00Z'),
        all_day: true,
        time_zone: timeZone,
        calendar_type: 'personal',
        source_task_id: TASK,
        google_event_id: null,
        live: true,
        edited: expect.any(Date),
      }),
    ]);
    expect(await outbox()).toEqual(['calendar_personal']);
    await send();
    expect(await apply()).toEqual(NOTHING);
    expect(await outbox()).toEqual([]);
  });

  test('has a time if the task has one', async () => {
    await sql(`UPDATE tasks SET due_time = '09:30:00.75'`);
    await apply();
    expect(await events()).toMatchObject([
      { start_time: new Date('2026-12-24T17:30:00Z'), end_time: new Date('2026-12-24T18:00:00Z'), all_day: false },
    ]);
    expect(await apply()).toEqual(NOTHING);
  });

  test('is created for today too, but not for yesterday', async () => {
    await sql(`UPDATE tasks SET due_date = '2026-11-30'`);
    expect(await apply()).toEqual(NOTHING);
    await sql(`UPDATE tasks SET due_date = '2026-12-01'`);
    expect(await apply()).toEqual({ ...NOTHING, created: 1 });
  });

  test("moves and is retitled with its task, with the time of the task's edit", async () => {
    await apply();
    await send();
    const edited = new Date('2026-12-01T21:00:00Z');
    await sql(`UPDATE calendar_events SET sql_local_last_edited_at = '2026-12-01T11:00:00Z'`);
    await sql(`UPDATE tasks SET due_date = '2026-11-03', title = 'Pack', sql_local_last_edited_at = $1`, [edited]);
    await send();
    expect(await apply()).toEqual({ ...NOTHING, updated: 1 });
    expect(await events()).toMatchObject([
      { summary: 'Pack', start_time: new Date('2026-11-03T08:00:00Z'), live: true, edited },
    ]);
    expect(await outbox()).toEqual(['calendar_personal']);
    expect(await apply()).toEqual(NOTHING);
  });

  test.each([
    ['finished', `status = 'Done'`, `status = 'Todo'`],
    ['cancelled', `status = 'Cancelled'`, `status = NULL`],
    ['archived', 'archived_at = now()', 'archived_at = NULL'],
    ['cleared', 'due_date = NULL', `due_date = '2026-12-24'`],
  ])('is archived when the task is %s, and a new one is created when that is reverted', async (_, done, undone) => {
    await apply();
    await send();
    await sql(`UPDATE tasks SET ${done}`);
    await send();
    expect(await apply()).toEqual({ ...NOTHING, archived: 1 });
    expect(await outbox()).toEqual(['calendar_personal']);
    expect(await apply()).toEqual(NOTHING);
    await sql(`UPDATE tasks SET ${undone}`);
    expect(await apply()).toEqual({ ...NOTHING, created: 1 });
    expect((await events()).map(({ live }) => live)).toEqual([false, true]);
    expect(await apply()).toEqual(NOTHING);
  });

  test('is not created again after the user deleted it, until the date changes', async () => {
    await apply();
    await bySync('UPDATE calendar_events SET archived_at = now()');
    expect(await apply()).toEqual(NOTHING);
    await sql(`UPDATE tasks SET title = 'Pack'`);
    expect(await apply()).toEqual(NOTHING);
    await sql(`UPDATE tasks SET due_time = '08:00'`);
    expect(await apply()).toEqual({ ...NOTHING, created: 1 });
  });

  test('whose link to the task was removed stays as it is, and is the one that a new date moves', async () => {
    await apply();
    const [event] = await events();
    await sql('UPDATE calendar_events SET source_task_id = NULL');
    expect(await apply()).toEqual(NOTHING);
    await sql(`UPDATE tasks SET title = 'Pack'`);
    expect(await apply()).toEqual(NOTHING);
    await sql('UPDATE tasks SET due_date = NULL');
    expect(await apply()).toEqual(NOTHING);
    await sql(`UPDATE tasks SET due_date = '2026-12-30'`);
    expect(await apply()).toEqual({ ...NOTHING, updated: 1 });
    await apply();
    expect(await events()).toMatchObject([
      {
        id: event?.id,
        source_task_id: TASK,
        start_time: new Date('2026-12-30T08:00:00Z'),
        summary: 'Pack',
        live: true,
      },
    ]);
    expect(await apply()).toEqual(NOTHING);
  });

  test('follows a task whose edit time is infinite', async () => {
    await apply();
    await sql(
      `UPDATE calendar_events SET start_time = '2026-12-26T17:00:00Z', end_time = '2026-12-26T18:00:00Z', all_day = false`,
    );
    await sql(`UPDATE tasks SET due_date = '2026-12-30', sql_local_last_edited_at = 'infinity'`);
    expect(await apply()).toEqual({ ...NOTHING, updated: 1, conflicts: 1 });
    expect(await starts()).toEqual(['2026-12-30T08:00:00.000Z']);
    expect(await apply()).toEqual(NOTHING);
  });

  test.each([true, false])(
    'is made again on its old date if that was cleared meanwhile (dismissed before: %s)',
    async (before) => {
      await apply();
      await bySync('UPDATE calendar_events SET archived_at = now()');
      if (before) await apply();
      await sql('UPDATE tasks SET due_date = NULL');
      await apply();
      await sql(`UPDATE tasks SET due_date = '2026-12-24'`);
      expect(await apply()).toEqual({ ...NOTHING, created: 1 });
    },
  );
});

describe('an event moved in Google', () => {
  const move = (start: string, end: string, edited: string) =>
    bySync(
      `UPDATE calendar_events SET start_time = '${start}', end_time = '${end}', all_day = false, google_updated_at = '${edited}', sql_local_last_edited_at = NULL`,
    );

  test('reschedules its task, with the time of the move, and is sent to Notion', async () => {
    await apply();
    await move('2026-12-26T17:00:00Z', '2026-12-26T18:00:00Z', '2026-12-01T19:00:00Z');
    await send();
    expect(await apply({ only: 'reschedules' })).toEqual({ ...NOTHING, rescheduled: 1 });
    const edited = new Date('2026-12-01T19:00:00Z');
    expect(await theTask()).toEqual({ due_date: '2026-12-26', due_time: '09:00:00', edited });
    expect(await outbox()).toEqual(['tasks']);
    expect(await apply()).toEqual(NOTHING);
    await bySync(
      `UPDATE calendar_events SET start_time = '2026-12-27T08:00:00Z', end_time = '2026-12-28T08:00:00Z', all_day = true`,
    );
    expect(await apply()).toEqual({ ...NOTHING, rescheduled: 1 });
    expect(await theTask()).toMatchObject({ due_date: '2026-12-27', due_time: null });
  });

  test("yields to a newer edit of the task, and never decreases the task's edit time", async () => {
    await apply();
    await move('2026-12-26T17:00:00Z', '2026-12-26T18:00:00Z', '2026-12-01T19:00:00Z');
    await sql(`UPDATE tasks SET due_date = '2026-12-31', sql_local_last_edited_at = '2026-12-01T19:30:00Z'`);
    expect(await apply({ only: 'reschedules' })).toEqual(NOTHING);
    expect(await apply()).toEqual({ ...NOTHING, updated: 1, conflicts: 1 });
    expect(await starts()).toEqual(['2026-12-31T08:00:00.000Z']);

    await move('2026-12-26T17:00:00Z', '2026-12-26T18:00:00Z', '2026-12-01T19:10:00Z');
    expect(await apply()).toEqual({ ...NOTHING, rescheduled: 1 });
    expect(await sql(`SELECT FROM tasks WHERE sql_local_last_edited_at > '2026-12-01T19:30:00Z'`)).toHaveLength(1);
  });

  const conflicts = () =>
    sql<{ id: string; base: object | null; remote: object; inSql: object }>(
      `SELECT id, entity, record_id AS "recordId", winner, cycle_id AS "cycleId", base_version AS base, notion_version AS remote,
         sql_version AS "inSql" FROM sync_conflicts WHERE resolved_at IS NULL`,
    );
  const restore = async () => {
    const [open] = await conflicts();
    const conflict = await findConflict(database, open?.id ?? '');
    const { digest } = await readChoice(database, conflict);
    await decideConflict(database, conflict, { keep: losingSide(conflict), digest });
    await apply();
    await apply();
    return { due: (await theTask())?.due_date, starts: await starts(), open: await conflicts() };
  };

  test('and whose task was edited later: its time is kept as a conflict, and can be restored', async () => {
    await apply();
    const [event] = await events();
    await move('2026-12-26T17:00:00Z', '2026-12-26T18:00:00Z', '2026-12-01T19:00:00Z');
    await sql(`UPDATE tasks SET due_date = '2026-12-31', sql_local_last_edited_at = '2026-12-01T19:30:00Z'`);
    await apply();
    expect(await apply()).toEqual(NOTHING);
    expect(await conflicts()).toEqual([
      {
        ...{
          id: expect.any(String),
          entity: 'calendar_events',
          recordId: event?.id,
          winner: 'sql',
          cycleId: 'cycle-1',
        },
        base: expect.objectContaining({ start_time: '2026-12-24T08:00:00.000Z', archived: false }),
        remote: expect.objectContaining({
          ...{ summary: 'Wrap', start_time: expect.stringContaining('2026-12-26T17:00:00'), all_day: false },
          end_time: expect.stringContaining('2026-12-26T18:00:00'),
        }),
        inSql: expect.objectContaining({ start_time: '2026-12-31T08:00:00.000Z', all_day: true }),
      },
    ]);
    expect(await restore()).toEqual({ due: '2026-12-26', starts: ['2026-12-26T17:00:00.000Z'], open: [] });
  });

  test('after its task was edited: the due date is kept as a conflict, and can be restored', async () => {
    await apply();
    await bySync(`UPDATE tasks SET due_date = '2026-12-31', due_time = '10:00', sql_local_last_edited_at = NULL,
      notion_last_edited_at = '2026-12-01T19:00:00Z'`);
    await move('2026-12-26T17:00:00Z', '2026-12-26T18:00:00Z', '2026-12-01T19:30:00Z');
    expect(await apply({ only: 'reschedules' })).toEqual({ ...NOTHING, rescheduled: 1, conflicts: 1 });
    expect(await apply()).toEqual(NOTHING);
    expect(await conflicts()).toEqual([
      {
        ...{ id: expect.any(String), entity: 'tasks', recordId: TASK, winner: 'google', cycleId: 'cycle-1' },
        base: { title: 'Wrap', due_date: '2026-12-24', archived: false },
        remote: { title: 'Wrap', due_date: '2026-12-26T09:00:00', archived: false },
        inSql: { title: 'Wrap', due_date: '2026-12-31T10:00:00', archived: false },
      },
    ]);
    expect(await restore()).toEqual({ due: '2026-12-31', starts: ['2026-12-31T18:00:00.000Z'], open: [] });
  });

  test('and whose task lost its due date later: its time is kept, and can be restored', async () => {
    await apply();
    await move('2026-12-26T17:00:00Z', '2026-12-26T18:00:00Z', '2026-12-01T19:00:00Z');
    await sql(`UPDATE tasks SET due_date = NULL, sql_local_last_edited_at = '2026-12-01T19:30:00Z'`);
    expect(await apply()).toEqual({ ...NOTHING, archived: 1, conflicts: 1 });
    expect(await restore()).toEqual({ due: '2026-12-26', starts: ['2026-12-26T17:00:00.000Z'], open: [] });
  });

  test('and whose task was moved to the same time is no conflict', async () => {
    await apply();
    await move('2026-12-26T17:00:00Z', '2026-12-26T18:00:00Z', '2026-12-01T19:00:00Z');
    await sql(`UPDATE tasks SET due_date = '2026-12-26', due_time = '09:00'`);
    expect(await apply()).toEqual(NOTHING);
    expect(await conflicts()).toEqual([]);
  });

  test('only reschedules with `only`', async () => {
    expect(await apply({ only: 'reschedules' })).toEqual(NOTHING);
    expect(await events()).toEqual([]);
  });
});

describe('safety', () => {
  const addTasks = (count: number) =>
    sql(`INSERT INTO tasks (title, due_date) SELECT 'Job ' || n, date '2026-12-02' + n FROM generate_series(1, $1) n`, [
      count,
    ]);
  const doubles = () =>
    sql('SELECT source_task_id FROM calendar_events WHERE archived_at IS NULL GROUP BY 1 HAVING count(*) > 1');

  test('concurrent runs create 200 events, none twice', async () => {
    await addTasks(199);
    const results = await Promise.all([apply(), apply(), apply()]);
    expect(results.reduce((sum, { created }) => sum + created, 0)).toBe(200);
    expect(await sql('SELECT DISTINCT source_task_id FROM calendar_events')).toHaveLength(200);
    expect(await doubles()).toEqual([]);
    expect(await apply()).toEqual(NOTHING);
  });

  test('an interrupted run leaves complete batches or nothing, and the next one finishes', async () => {
    await addTasks(700);
    await sql(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON task_events FOR EACH ROW WHEN (NEW.title = 'Job 699') EXECUTE FUNCTION fail()`);
    await expect(apply()).rejects.toThrow();
    const [count] = await sql<{ events: number; links: number }>(
      'SELECT (SELECT count(*)::int FROM calendar_events) AS events, (SELECT count(*)::int FROM task_events) AS links',
    );
    expect(count?.events).toBe(count?.links);
    expect(count?.events).toBeLessThan(701);
    await sql('DROP TRIGGER fail ON task_events; DROP FUNCTION fail');
    expect((await apply()).created).toBe(701 - (count?.events ?? 0));
    expect(await doubles()).toEqual([]);
  });

  test.each([
    ['task', 'SELECT FROM tasks WHERE id = $1 FOR UPDATE'],
    ['event', 'SELECT FROM calendar_events WHERE source_task_id = $1 FOR UPDATE'],
  ])('a task whose %s another transaction holds waits, and the others go on', async (_, lock) => {
    await apply();
    await sql(`UPDATE tasks SET due_date = '2026-12-30'`);
    await addTasks(1);
    const other = new pg.Client({ connectionString: testDatabase.url });
    await other.connect();
    await other.query('BEGIN');
    await other.query(lock, [TASK]);
    const applied = await apply().finally(() => other.end());
    expect(applied).toEqual({
      ...{ ...NOTHING, created: 1 },
      issues: [{ code: 'row_locked', message: expect.stringContaining(TASK), record: TASK }],
    });
    expect(await apply()).toEqual({ ...NOTHING, updated: 1 });
  });

  test('a concurrent edit is seen, because the plan is made under a lock', async () => {
    const other = new pg.Client({ connectionString: testDatabase.url });
    await other.connect();
    await other.query(`BEGIN; UPDATE tasks SET status = 'Done'`);
    const applying = apply();
    await expect.poll(() => sql('SELECT FROM pg_locks WHERE NOT granted')).not.toHaveLength(0);
    await other.query('COMMIT');
    await other.end();
    expect(await applying).toEqual(NOTHING);
  });

  test('an event that a user linked to a task becomes its event, and keeps its title', async () => {
    await sql(
      `INSERT INTO calendar_events (summary, start_time, source_task_id, sql_local_last_edited_at) VALUES ('Mine', '2026-12-24T17:00:00Z', $1, '2026-12-01T11:00:00Z')`,
      [TASK],
    );
    expect(await apply()).toEqual({ ...NOTHING, rescheduled: 1, conflicts: 1 });
    expect(await events()).toMatchObject([{ summary: 'Mine' }]);
  });

  test('an event in the work calendar is ignored', async () => {
    await sql(
      `INSERT INTO calendar_events (calendar_type, start_time, source_task_id) VALUES ('work_readonly', '2026-12-20T17:00:00Z', $1)`,
      [TASK],
    );
    await send();
    expect(await apply()).toEqual(NOTHING);
    expect(await outbox()).toEqual([]);
    expect(await sql('SELECT FROM task_events')).toEqual([]);
  });

  test('rows deleted with SQL are not planned while the other side still has them', async () => {
    await apply();
    const [event] = await events();
    await addState('calendar_personal', event?.id ?? '');
    await sql('DELETE FROM calendar_events');
    await apply();
    expect(await sql('SELECT dismissed FROM task_events')).toEqual([{ dismissed: false }]);
    await sql('DELETE FROM sync_state');
    // It was never in Google, so the deletion was permanent.
    await apply();
    expect(await sql('SELECT dismissed FROM task_events')).toEqual([{ dismissed: true }]);
  });

  test('the event of a deleted task is removed, unless Notion will restore the task', async () => {
    await apply();
    await addState('tasks', TASK);
    await sql('DELETE FROM tasks');
    expect(await apply()).toEqual(NOTHING);
    await sql('DELETE FROM sync_state');
    expect(await apply()).toEqual({ ...NOTHING, archived: 1 });
    expect(await apply()).toEqual(NOTHING);
  });

  test('invalid calendar dates and unknown time zones do not stop the run', async () => {
    await sql(`INSERT INTO tasks (title, due_date) VALUES ('a', 'infinity'), ('b', '12026-01-01')`);
    expect(await apply()).toEqual({ ...NOTHING, created: 1 });
    await sql(`UPDATE calendar_events SET time_zone = 'Moon/Sea', start_time = 'infinity'`);
    expect(await apply()).toEqual({ ...NOTHING, updated: 1 });
    await sql(`UPDATE calendar_events SET time_zone = 'Moon/Sea'`);
    await sql(`UPDATE tasks SET due_date = 'infinity'`);
    expect(await apply()).toEqual({ ...NOTHING, archived: 1 });
    expect(await apply()).toEqual(NOTHING);
  });

  const addState = (entity: string, id: string) =>
    sql(
      `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
       VALUES ($1, $2::uuid, $2::text, '{}', false, false, now(), now())`,
      [entity, id],
    );
});
