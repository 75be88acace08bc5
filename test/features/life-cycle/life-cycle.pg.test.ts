import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lifeCycle } from '../../../src/features/life-cycle/life-cycle.ts';
import { applyTaskEvents } from '../../../src/features/task-events/sync-task-events.ts';
import { type ChoreWorld, openChoreWorld } from '../chores/support.ts';

let world: ChoreWorld;

beforeAll(async () => {
  world = await openChoreWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.sql('TRUNCATE tasks, goals, projects, sync_outbox');
});

const run = (days = '30'): Promise<string> => lifeCycle(world.context({ LOCKSTEP_ARCHIVE_AFTER_DAYS: days }));
const titles = async (statement: string): Promise<string[]> =>
  (await world.sql<{ title: string }>(statement)).map(({ title }) => title).sort();
const DAYS_AGO = "now() - interval '1 day' *";

describe('the life cycle', () => {
  it('archives nothing unless it is asked to', async () => {
    await world.sql(
      `INSERT INTO tasks (title, status, created_at, sql_local_last_edited_at) VALUES ('x', 'Done', ${DAYS_AGO} 99, ${DAYS_AGO} 99)`,
    );
    expect(await lifeCycle(world.context({}))).toBe('nothing is archived: LOCKSTEP_ARCHIVE_AFTER_DAYS is not set');
    expect(await titles('SELECT title FROM tasks WHERE archived_at IS NOT NULL')).toEqual([]);
  });

  it('archives what was done or achieved and has not been touched since, as an edit, and once', async () => {
    await world.sql(`
      INSERT INTO tasks (title, status, completed_at, notion_last_edited_at, sql_local_last_edited_at, created_at) VALUES
        ('old', 'Done', NULL, NULL, ${DAYS_AGO} 31, ${DAYS_AGO} 99),
        ('not quite', 'Done', NULL, NULL, ${DAYS_AGO} 29, ${DAYS_AGO} 99),
        ('touched in Notion', 'Done', ${DAYS_AGO} 80, ${DAYS_AGO} 3, ${DAYS_AGO} 80, ${DAYS_AGO} 99),
        ('done lately', 'Done', ${DAYS_AGO} 2, NULL, ${DAYS_AGO} 80, ${DAYS_AGO} 99),
        ('open', 'Todo', NULL, NULL, ${DAYS_AGO} 99, ${DAYS_AGO} 99),
        ('cancelled', 'Cancelled', NULL, NULL, ${DAYS_AGO} 99, ${DAYS_AGO} 99)`);
    await world.sql(`
      INSERT INTO goals (name, status, sql_local_last_edited_at, created_at) VALUES
        ('achieved', 'Achieved', ${DAYS_AGO} 31, ${DAYS_AGO} 99), ('active', 'Active', ${DAYS_AGO} 99, ${DAYS_AGO} 99)`);
    await world.sql('TRUNCATE sync_outbox');
    expect(await run()).toBe('archived 1 of tasks, 1 of goals');
    expect(await titles('SELECT title FROM tasks WHERE archived_at IS NOT NULL')).toEqual(['old']);
    expect(await titles('SELECT name AS title FROM goals WHERE archived_at IS NOT NULL')).toEqual(['achieved']);
    expect(await titles('SELECT name AS title FROM active_goals')).toEqual(['active']);
    expect(await world.sql('SELECT entity FROM sync_outbox ORDER BY entity')).toEqual([
      { entity: 'goals' },
      { entity: 'tasks' },
    ]);
    expect(await run()).toBe('archived 0 of tasks, 0 of goals');
    expect(await world.sql('SELECT 1 FROM tasks')).toHaveLength(6);
  });

  it('archives no more at once than a sweep would, the oldest first', async () => {
    await world.sql(`
      INSERT INTO tasks (title, status, sql_local_last_edited_at, created_at)
      SELECT 'task ' || n, 'Done', ${DAYS_AGO} (100 + n), ${DAYS_AGO} 500 FROM generate_series(1, 30) AS n`);
    expect(await run()).toBe('archived 20 of tasks (10 more another day), 0 of goals');
    expect(
      await titles("SELECT title FROM tasks WHERE archived_at IS NULL AND title IN ('task 10', 'task 11')"),
    ).toEqual(['task 10']);
    expect(await run()).toBe('archived 10 of tasks, 0 of goals');
  });
});

describe('views', () => {
  it('leave out the tasks of a project that is paused, completed or archived, and show them again with it', async () => {
    await world.sql(`
      WITH p AS (INSERT INTO projects (name, status, archived_at) VALUES
        ('active', 'Active', NULL), ('none', NULL, NULL), ('paused', 'On Hold', NULL), ('completed', 'Completed', NULL),
        ('archived', 'Archived', NULL), ('gone', 'Active', now()) RETURNING id, name)
      INSERT INTO tasks (title, project_id) SELECT name, id FROM p UNION ALL SELECT 'of none', NULL`);
    await world.sql("INSERT INTO tasks (title, status) VALUES ('done', 'Done')");
    expect(await titles('SELECT title FROM active_tasks')).toEqual(['active', 'none', 'of none']);
    expect(await titles('SELECT title FROM open_tasks')).toEqual(
      ['active', 'none', 'paused', 'completed', 'archived', 'gone', 'of none'].sort(),
    );
    await world.sql("UPDATE tasks SET due_date = '2030-01-01' WHERE title IN ('paused', 'done')");
    await applyTaskEvents(world.database, { now: new Date(), timeZone: 'UTC' });
    expect(await titles('SELECT summary AS title FROM active_calendar_events')).toEqual(['paused']);
    await world.sql("UPDATE projects SET status = 'Active' WHERE name = 'paused'");
    expect(await titles('SELECT title FROM active_tasks')).toEqual(['active', 'none', 'of none', 'paused']);
  });
});
