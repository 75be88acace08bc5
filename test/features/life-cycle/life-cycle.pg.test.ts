import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lifeCycle } from '../../../src/features/life-cycle/life-cycle.ts';
import { applyTaskEvents } from '../../../src/features/task-events/sync-task-events.ts';
import { type ChoreFixture, openChoreFixture } from '../chores/support.ts';

let fixture: ChoreFixture;

beforeAll(async () => {
  fixture = await openChoreFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.sql('TRUNCATE tasks, goals, projects, sync_outbox');
});

const run = (days = '30'): Promise<string> => lifeCycle(fixture.context({ LOCKSTEP_ARCHIVE_AFTER_DAYS: days }));
const titles = async (statement: string): Promise<string[]> =>
  (await fixture.sql<{ title: string }>(statement)).map(({ title }) => title).sort();
const DAYS_AGO = "now() - interval '1 day' *";

describe('the life cycle', () => {
  it('archives nothing unless it is configured', async () => {
    await fixture.sql(
      `INSERT INTO tasks (title, status, created_at, sql_local_last_edited_at) VALUES ('x', 'Done', ${DAYS_AGO} 99, ${DAYS_AGO} 99)`,
    );
    expect(await lifeCycle(fixture.context({}))).toBe('nothing is archived: LOCKSTEP_ARCHIVE_AFTER_DAYS is not set');
    expect(await titles('SELECT title FROM tasks WHERE archived_at IS NOT NULL')).toEqual([]);
  });

  it('archives completed records that were not edited since, as an edit, and once', async () => {
    await fixture.sql(`
      INSERT INTO tasks (title, status, completed_at, notion_last_edited_at, sql_local_last_edited_at, created_at) VALUES
        ('old', 'Done', NULL, NULL, ${DAYS_AGO} 31, ${DAYS_AGO} 99),
        ('not quite', 'Done', NULL, NULL, ${DAYS_AGO} 29, ${DAYS_AGO} 99),
        ('touched in Notion', 'Done', ${DAYS_AGO} 80, ${DAYS_AGO} 3, ${DAYS_AGO} 80, ${DAYS_AGO} 99),
        ('done lately', 'Done', ${DAYS_AGO} 2, NULL, ${DAYS_AGO} 80, ${DAYS_AGO} 99),
        ('open', 'Todo', NULL, NULL, ${DAYS_AGO} 99, ${DAYS_AGO} 99),
        ('cancelled', 'Cancelled', NULL, NULL, ${DAYS_AGO} 99, ${DAYS_AGO} 99)`);
    await fixture.sql(`
      INSERT INTO goals (name, status, sql_local_last_edited_at, created_at) VALUES
        ('achieved', 'Achieved', ${DAYS_AGO} 31, ${DAYS_AGO} 99), ('active', 'Active', ${DAYS_AGO} 99, ${DAYS_AGO} 99)`);
    await fixture.sql('TRUNCATE sync_outbox');
    expect(await run()).toBe('archived 1 of tasks, 1 of goals');
    expect(await titles('SELECT title FROM tasks WHERE archived_at IS NOT NULL')).toEqual(['old']);
    expect(await titles('SELECT name AS title FROM goals WHERE archived_at IS NOT NULL')).toEqual(['achieved']);
    expect(await titles('SELECT name AS title FROM active_goals')).toEqual(['active']);
    expect(await fixture.sql('SELECT entity FROM sync_outbox ORDER BY entity')).toEqual([
      { entity: 'goals' },
      { entity: 'tasks' },
    ]);
    expect(await run()).toBe('archived 0 of tasks, 0 of goals');
    expect(await fixture.sql('SELECT 1 FROM tasks')).toHaveLength(6);
  });

  it('archives at most as many as a sweep, the oldest first', async () => {
    await fixture.sql(`
      INSERT INTO tasks (title, status, sql_local_last_edited_at, created_at)
      SELECT 'task ' || n, 'Done', ${DAYS_AGO} (100 + n), ${DAYS_AGO} 500 FROM generate_series(1, 30) AS n`);
    expect(await run()).toBe('archived 20 of tasks (10 left for the next runs), 0 of goals');
    expect(
      await titles("SELECT title FROM tasks WHERE archived_at IS NULL AND title IN ('task 10', 'task 11')"),
    ).toEqual(['task 10']);
    expect(await run()).toBe('archived 10 of tasks, 0 of goals');
  });
});

describe('views', () => {
  it('exclude the tasks of a paused, completed or archived project, and include them again with it', async () => {
    await fixture.sql(`
      WITH p AS (INSERT INTO projects (name, status, archived_at) VALUES
        ('active', 'Active', NULL), ('none', NULL, NULL), ('paused', 'On Hold', NULL), ('completed', 'Completed', NULL),
        ('archived', 'Archived', NULL), ('gone', 'Active', now()) RETURNING id, name)
      INSERT INTO tasks (title, project_id) SELECT name, id FROM p UNION ALL SELECT 'of none', NULL`);
    await fixture.sql("INSERT INTO tasks (title, status) VALUES ('done', 'Done')");
    expect(await titles('SELECT title FROM active_tasks')).toEqual(['active', 'none', 'of none']);
    expect(await titles('SELECT title FROM open_tasks')).toEqual(
      ['active', 'none', 'paused', 'completed', 'archived', 'gone', 'of none'].sort(),
    );
    await fixture.sql("UPDATE tasks SET due_date = '2030-01-01' WHERE title IN ('paused', 'done')");
    await applyTaskEvents(fixture.database, { cycleId: 'cycle-1', now: new Date(), timeZone: 'UTC' });
    expect(await titles('SELECT summary AS title FROM active_calendar_events')).toEqual(['paused']);
    await fixture.sql("UPDATE projects SET status = 'Active' WHERE name = 'paused'");
    expect(await titles('SELECT title FROM active_tasks')).toEqual(['active', 'none', 'of none', 'paused']);
  });
});
