import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syncs } from '../../src/cycle/sync-names.ts';
import { type Stack, signedIn, startStack } from '../support/stack.ts';

const PERSONAL = 'me@example.com';
const WORK = 'work@example.com';

/** `YYYY-MM-DD`, this many days from today. */
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe('calendars and the task trigger', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
    Object.assign(stack.env, signedIn(stack));
    stack.startWorker();
    await stack.cycle();
  });
  afterAll(() => stack.stop());

  const events = (calendar = PERSONAL) =>
    stack.google.handle.events(calendar).filter(({ status }) => status !== 'cancelled');
  const eventNamed = (summary: string) => events().filter((event) => event.summary === summary);
  const rowNamed = async (summary: string) => {
    const [row] = await stack.sql<Record<string, unknown>>('SELECT * FROM calendar_events WHERE summary = $1', [
      summary,
    ]);
    return row;
  };
  const addTask = async (title: string, due: string | null, time: string | null = null): Promise<string> => {
    const [row] = await stack.sql<{ id: string }>(
      'INSERT INTO tasks (title, due_date, due_time) VALUES ($1, $2, $3) RETURNING id',
      [title, due, time],
    );
    return String(row?.id);
  };

  test('all syncs run in one cycle, and each is in the history', async () => {
    const { cycleId } = await stack.cycle();
    const runs = await stack.sql<{ sync_name: string; status: string }>(
      'SELECT sync_name, status FROM sync_run_history WHERE cycle_id = $1',
      [cycleId],
    );
    expect(runs).toHaveLength(syncs().length);
    expect(
      runs
        .filter(({ status }) => status === 'skipped')
        .map(({ sync_name }) => sync_name)
        .sort(),
    ).toEqual(['areas-sql-to-notion', 'resources-sql-to-notion']);
    expect(runs.filter(({ status }) => status !== 'ok' && status !== 'skipped')).toEqual([]);
  });

  test('each sync can run alone by its name', async () => {
    for (const { name } of syncs()) {
      const result = await stack.cycle({ names: [name] });
      expect(result.syncs.map((sync) => sync.name)).toEqual([name]);
    }
  });

  test('an event created, moved and deleted in Google comes to SQL', async () => {
    const made = stack.google.handle.createEvent(PERSONAL, {
      summary: 'Dentist',
      start: { dateTime: '2027-03-01T10:00:00+01:00', timeZone: 'Europe/Madrid' },
      end: { dateTime: '2027-03-01T11:00:00+01:00', timeZone: 'Europe/Madrid' },
    });
    await stack.cycle();
    expect(await rowNamed('Dentist')).toMatchObject({
      google_event_id: made.id,
      calendar_type: 'personal',
      start_time: new Date('2027-03-01T09:00:00Z'),
      all_day: false,
    });
    stack.google.handle.moveEvent(PERSONAL, String(made.id), { date: '2027-03-02' }, { date: '2027-03-03' });
    await stack.cycle();
    expect(await rowNamed('Dentist')).toMatchObject({ all_day: true, start_time: new Date('2027-03-01T23:00:00Z') });
    stack.google.handle.deleteEvent(PERSONAL, String(made.id));
    await stack.cycle();
    expect(await rowNamed('Dentist')).toMatchObject({ archived_at: expect.any(Date) });
  });

  test('a row created, edited and archived in SQL goes to Google', async () => {
    await stack.sql(
      "INSERT INTO calendar_events (summary, start_time, end_time, time_zone) VALUES ('Yoga', '2027-04-01T17:00Z', '2027-04-01T18:00Z', 'Europe/Madrid')",
    );
    await stack.cycle();
    expect(eventNamed('Yoga')).toMatchObject([{ start: { dateTime: expect.stringContaining('2027-04-01') } }]);
    await stack.sql("UPDATE calendar_events SET location = 'Studio' WHERE summary = 'Yoga'");
    await stack.cycle();
    expect(eventNamed('Yoga')).toMatchObject([{ location: 'Studio' }]);
    await stack.sql("UPDATE calendar_events SET archived_at = now() WHERE summary = 'Yoga'");
    await stack.cycle();
    expect(eventNamed('Yoga')).toEqual([]);
  });

  test('an expired sync token causes one full listing, and no duplicate', async () => {
    stack.google.handle.expireSyncTokens(PERSONAL);
    const before = await stack.sql('SELECT id FROM calendar_events');
    expect((await stack.cycle()).ok).toBe(true);
    expect(await stack.sql('SELECT id FROM calendar_events')).toHaveLength(before.length);
  });

  test('a calendar that is suddenly empty archives nothing until it is accepted [S6]', async () => {
    const start = { date: '2027-06-01' };
    const made = Array.from({ length: 40 }, (_, n) =>
      stack.google.handle.createEvent(PERSONAL, { summary: `Camp ${n}`, start, end: { date: '2027-06-02' } }),
    );
    await stack.cycle();
    for (const { id } of made) stack.google.handle.deleteEvent(PERSONAL, String(id));
    const failure = await stack.cycle().then(
      () => expect.fail('the cycle did not fail'),
      (error: Error) => error,
    );
    expect(failure.message).toContain('lockstep sync calendar-google-to-sql --accept-archive');
    const archived = "SELECT 1 FROM calendar_events WHERE summary LIKE 'Camp %' AND archived_at IS NOT NULL";
    expect(await stack.sql(archived)).toEqual([]);
    await stack.cycle({ names: ['calendar-google-to-sql'], acceptArchive: true });
    expect(await stack.sql(archived)).toHaveLength(40);
  });

  test('the work calendar is read, and never written, whatever is edited in SQL', async () => {
    const meeting = stack.google.handle.createEvent(WORK, {
      summary: 'All hands',
      start: { dateTime: '2027-03-01T10:00:00Z' },
      end: { dateTime: '2027-03-01T11:00:00Z' },
    });
    await stack.cycle();
    await stack.sql("UPDATE calendar_events SET summary = 'Cancelled!' WHERE google_event_id = $1", [meeting.id]);
    await stack.sql(
      "INSERT INTO calendar_events (summary, calendar_type, start_time) VALUES ('Mine', 'work_readonly', now())",
    );
    const { syncs } = await stack.cycle();
    expect(await rowNamed('All hands')).toMatchObject({ google_event_id: meeting.id, calendar_type: 'work_readonly' });
    expect(syncs.find(({ name }) => name === 'calendar-sql-to-google')).toMatchObject({ status: 'partial', issues: 2 });
    expect(stack.google.handle.traffic()[WORK]).toMatchObject({ inserts: 0, updates: 0, deletes: 0 });
    await stack.sql("DELETE FROM calendar_events WHERE summary = 'Mine'");
  });

  test('a task with a due date has one event, which follows the due date', async () => {
    const id = await addTask('Renew passport', inDays(10));
    await addTask('Long ago', inDays(-3));
    await stack.cycle();
    expect(eventNamed('Long ago')).toEqual([]);
    expect(eventNamed('Renew passport')).toMatchObject([{ start: { date: inDays(10) }, end: { date: inDays(11) } }]);

    await stack.sql('UPDATE tasks SET due_date = $2, due_time = $3 WHERE id = $1', [id, inDays(12), '09:30']);
    await stack.cycle();
    expect(eventNamed('Renew passport')).toMatchObject([{ start: { dateTime: expect.stringContaining(inDays(12)) } }]);

    await stack.sql("UPDATE tasks SET status = 'Done' WHERE id = $1", [id]);
    await stack.cycle();
    expect(eventNamed('Renew passport')).toEqual([]);
    await stack.sql("UPDATE tasks SET status = 'Todo' WHERE id = $1", [id]);
    await stack.cycle();
    expect(eventNamed('Renew passport')).toHaveLength(1);
    await stack.sql('UPDATE tasks SET due_date = NULL, due_time = NULL WHERE id = $1', [id]);
    await stack.cycle();
    expect(eventNamed('Renew passport')).toEqual([]);
  });

  test('an event moved in Google moves its task, and the page in Notion, in one cycle', async () => {
    const id = await addTask('Pay rent', inDays(5));
    await stack.cycle();
    const [event] = eventNamed('Pay rent');
    stack.google.handle.moveEvent(PERSONAL, String(event?.id), { date: inDays(7) }, { date: inDays(8) });
    await stack.cycle();
    const [task] = await stack.sql<{ due: string; notion_page_id: string }>(
      'SELECT due_date::text AS due, notion_page_id FROM tasks WHERE id = $1',
      [id],
    );
    expect(task?.due).toBe(inDays(7));
    expect(stack.notion.workspace.page(String(task?.notion_page_id)).page.properties['Due Date']).toMatchObject({
      date: { start: inDays(7) },
    });
    expect(eventNamed('Pay rent')).toHaveLength(1);
  });

  test('a deleted event is not created again until the due date changes', async () => {
    const id = await addTask('Call the bank', inDays(5));
    await stack.cycle();
    stack.google.handle.deleteEvent(PERSONAL, String(eventNamed('Call the bank')[0]?.id));
    await stack.cycle();
    await stack.cycle();
    expect(eventNamed('Call the bank')).toEqual([]);
    await stack.sql('UPDATE tasks SET due_date = $2 WHERE id = $1', [id, inDays(6)]);
    await stack.cycle();
    expect(eventNamed('Call the bank')).toHaveLength(1);
  });

  test('a cycle with nothing to sync writes nothing', async () => {
    await stack.cycle();
    const before = [stack.google.handle.traffic(), await stack.sql('SELECT xmin, * FROM calendar_events ORDER BY id')];
    const { summary } = await stack.cycle();
    expect(summary).toBe('no changes');
    const after = [stack.google.handle.traffic(), await stack.sql('SELECT xmin, * FROM calendar_events ORDER BY id')];
    const writes = (traffic: unknown) => JSON.stringify(traffic).replace(/"reads":\d+,?/g, '');
    expect(writes(after)).toBe(writes(before));
  });

  test('a revoked sign-in stops only the calendars, and the message says what to do', async () => {
    stack.google.handle.revokeGrants(PERSONAL);
    stack.google.handle.expireAccessTokens();
    const failure = await stack.cycle().then(
      () => expect.fail('the cycle did not fail'),
      (error: Error) => error,
    );
    expect(failure.message).toMatch(
      /^3 of \d+ syncs failed: Google no longer accepts the sign-in .* lockstep auth google/,
    );
    expect(failure.message).not.toContain(String(stack.env.GOOGLE_REFRESH_TOKEN));
  });
});
