import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type DoctorFixture, named, openDoctorFixture } from './doctor-fixture.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const TASK = id(1);

describe('lockstep doctor checks events', () => {
  let fixture: DoctorFixture;
  beforeAll(async () => {
    fixture = await openDoctorFixture();
  });
  afterAll(() => fixture.close());
  afterEach(() =>
    fixture.user.query('TRUNCATE tasks, calendar_events, task_events, sync_state, sync_outbox').then(() => undefined),
  );

  const sql = (statement: string) => fixture.user.query(statement);
  const allDay = (n: number, start: string, end: string | null, more = '', values = '') =>
    sql(`INSERT INTO calendar_events (id, summary, all_day, start_time, end_time${more})
      VALUES ('${id(n)}', 'Event ${n}', true, '${start}', ${end === null ? 'NULL' : `'${end}'`}${values})`);
  const days = async (n: number) => {
    const { rows } = await sql(`SELECT start_time, end_time FROM calendar_events WHERE id = '${id(n)}'`);
    return [rows[0].start_time.toISOString(), rows[0].end_time.toISOString()];
  };
  const fixAll = async () => {
    for (const { fix } of await fixture.problems()) await sql(fix.split(';')[0] ?? '');
    expect(await fixture.problems()).toEqual([]);
  };

  test('whole days are not reported: one or more, across a clock change, in their own time zone, without an end', async () => {
    await allDay(1, '2030-02-28T23:00Z', '2030-03-01T23:00Z');
    await allDay(2, '2030-03-30T23:00Z', '2030-03-31T22:00Z');
    await allDay(3, '2030-03-01T15:00Z', '2030-03-03T15:00Z', ', time_zone', ", 'Asia/Tokyo'");
    await allDay(4, '2030-02-28T23:00Z', null);
    await allDay(5, '2030-03-01T00:00Z', '2030-03-01T00:00Z', ', calendar_type', ", 'work_readonly'");
    await allDay(6, '2030-03-01T00:00Z', '2030-03-01T00:00Z', ', archived_at', ', now()');
    expect(await fixture.problems()).toEqual([]);
  });

  test.each([
    ['midnight in UTC', '2030-03-01T00:00Z', '2030-03-02T00:00Z', '2030-03-02'],
    ['an end on the first day', '2030-02-28T23:00Z', '2030-02-28T23:00Z', '2030-03-02'],
    ['an end a second before the day is over', '2030-02-28T23:00Z', '2030-03-02T22:59:59Z', '2030-03-03'],
    ['hours of a day', '2030-03-01T08:00Z', '2030-03-01T09:00Z', '2030-03-02'],
  ])('%s: the suggested statement makes it whole days', async (_, start, end, afterLast) => {
    await allDay(1, start, end);
    expect(named(await fixture.problems())).toEqual(['calendar_events all_day_inexact']);
    await fixAll();
    const midnight = new Date(`${afterLast}T00:00+01:00`).toISOString();
    expect(await days(1)).toEqual(['2030-02-28T23:00:00.000Z', midnight]);
  });

  test("a task's event on the day before is moved, unless a user moved it there", async () => {
    await sql(
      `INSERT INTO tasks (id, title, due_date) VALUES ('${TASK}', 'Pay', '2030-03-02'), ('${id(9)}', 'Far', '2030-03-09')`,
    );
    await allDay(2, '2030-02-28T23:00Z', '2030-03-01T23:00Z', ', source_task_id', `, '${TASK}'`);
    await allDay(3, '2030-02-28T23:00Z', '2030-03-01T23:00Z', ', source_task_id', `, '${id(9)}'`);
    const [found, ...others] = await fixture.problems();
    expect(others).toEqual([]);
    expect(found?.what).toBe('"Event 2" is on 2030-03-01, but its task is due on 2030-03-02');
    await sql(
      `INSERT INTO task_events (task_id, event_id, due_date, title) VALUES ('${TASK}', '${id(2)}', '2030-03-02', 'Pay')`,
    );
    expect(await fixture.problems()).toEqual([]);
    await sql('DELETE FROM task_events');
    await fixAll();
    expect(await days(2)).toEqual(['2030-03-01T23:00:00.000Z', '2030-03-02T23:00:00.000Z']);
  });

  test('finds events of tasks that were deleted, completed, or lost their due date some cycles ago', async () => {
    const old = "now() - interval '1 hour'";
    await fixture.unnoticed(
      `INSERT INTO tasks (id, title, status, due_date, updated_at) VALUES ('${id(11)}', 'Done', 'Done', '2030-03-01', ${old}),
        ('${id(12)}', 'Undated', 'Todo', NULL, ${old}), ('${id(13)}', 'Open', 'Todo', '2030-03-01', ${old}),
        ('${id(14)}', 'Just done', 'Done', '2030-03-01', now())`,
      `INSERT INTO task_events (task_id, event_id, title) VALUES ('${id(12)}', '${id(22)}', 'Undated')`,
      ...[11, 12, 13, 14, 15, 16].map(
        (n) => `INSERT INTO calendar_events (id, summary, source_task_id, start_time, updated_at)
          VALUES ('${id(n + 10)}', 'Event ${n}', '${id(n)}', '2030-03-01T09:${n}Z', ${old})`,
      ),
      // The task was deleted with SQL and will be restored from Notion.
      `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
        VALUES ('tasks', '${id(16)}', 'page', '{}', false, false, now(), now())`,
      `UPDATE tasks SET notion_page_id = 'page-' || id`,
    );
    const [found, ...others] = await fixture.problems();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'event_orphaned' });
    expect(found?.what).toMatch(/^3 events belong to tasks .*: "Event 11", "Event 12", "Event 15"$/);
    // Without a Google account no sync removes them.
    await fixAll();
    const { rows } = await sql('SELECT summary FROM active_calendar_events ORDER BY 1');
    expect(rows.map(({ summary }) => summary)).toEqual(['Event 13', 'Event 14', 'Event 16']);
  });

  test("an event that equals a task's event, and two that were created at the same time: the spare one is archived", async () => {
    const event = (n: number, summary: string, task: string, at: string) => [
      `INSERT INTO calendar_events (id, summary, source_task_id, start_time) VALUES ('${id(n)}', '${summary}', ${task}, '2030-03-01T09:00Z')`,
      `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
        SELECT 'calendar_personal', '${id(n)}', 'event-${n}', jsonb_build_object('summary', '${summary}', 'source_task_id', ${task}), false, false, '${at}', '${at}'`,
    ];
    const task = (n: number) => `'${id(n)}'::uuid`;
    await fixture.unnoticed(
      `INSERT INTO tasks (id, notion_page_id, title, due_date) SELECT id, 'page-' || id, 'T', '2030-03-01' FROM unnest(ARRAY['${id(1)}', '${id(2)}', '${id(3)}']::uuid[]) AS id`,
      ...event(11, 'Pay the rent', 'NULL::uuid', '2026-03-01T09:00Z'),
      ...event(12, 'Pay the rent', task(1), '2026-11-01T09:00Z'),
      ...event(13, 'Two tasks', task(2), '2026-11-01T09:00Z'),
      ...event(14, 'Two tasks', task(3), '2026-11-01T09:01Z'),
      ...event(15, 'At once', 'NULL::uuid', '2026-11-01T09:00Z'),
      ...event(16, 'At once', 'NULL::uuid', '2026-11-01T09:01Z'),
      ...event(17, 'Again', 'NULL::uuid', '2026-11-01T09:00Z'),
      ...event(18, 'Again', 'NULL::uuid', '2026-11-01T10:00Z'),
    );
    const found = await fixture.problems();
    expect(named(found)).toEqual(['calendar_personal duplicates', 'calendar_personal duplicates']);
    await fixAll();
    const { rows } = await sql('SELECT id FROM calendar_events WHERE archived_at IS NOT NULL ORDER BY 1');
    expect(rows).toEqual([{ id: id(11) }, { id: id(16) }]);
  });
});
