import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CalendarEngine, PERSONAL, startCalendarEngine, WORK } from '../support/calendar-engine.ts';

const day = { start: { date: '2026-03-05' }, end: { date: '2026-03-06' } };

describe('a sweep of the calendars', () => {
  let calendar: CalendarEngine;
  beforeEach(async () => {
    calendar = await startCalendarEngine();
    for (const summary of ['A', 'B']) calendar.google.createEvent(PERSONAL, { summary, ...day });
    calendar.google.createEvent(WORK, { summary: 'C', ...day });
    await calendar.cycle();
  });
  afterEach(() => calendar.close());

  const events = () =>
    calendar.sql<{ summary: string; archived: boolean }>(
      'SELECT id, google_event_id, summary, archived_at IS NOT NULL AS archived FROM calendar_events ORDER BY summary',
    );
  const unnoticed = (statement: string) =>
    calendar.sql(`BEGIN; SET LOCAL session_replication_role = replica; ${statement}; COMMIT`);

  test('brings back rows that were deleted while triggers were off', async () => {
    const before = await events();
    await unnoticed('TRUNCATE calendar_events');
    await calendar.cycle();
    expect(await events()).toEqual([]);
    expect((await calendar.cycle({ sweep: true })).inbound).toMatchObject({ created: 3, errors: [] });
    expect(await events()).toEqual(before);
    const { inbound, outbound } = await calendar.cycle({ sweep: true });
    for (const tally of [inbound, outbound]) expect(tally).toMatchObject({ created: 0, updated: 0, conflicts: 0 });
  });

  test('archives rows whose event is gone, although no change is listed', async () => {
    const id = calendar.google.events(PERSONAL).find(({ summary }) => summary === 'A')?.id ?? '';
    calendar.google.deleteEvent(PERSONAL, id);
    await calendar.cycle();
    // As after restoring a backup from before the deletion.
    await unnoticed(
      'UPDATE calendar_events SET archived_at = NULL; UPDATE sync_state SET archived = false, trashed = false',
    );
    await calendar.cycle();
    expect((await events()).map(({ archived }) => archived)).toEqual([false, false, false]);
    expect((await calendar.cycle({ sweep: true })).inbound).toMatchObject({ archived: 1, errors: [] });
    expect((await events()).map(({ archived }) => archived)).toEqual([true, false, false]);
  });

  test.each([
    ['edited', "UPDATE calendar_events SET summary = 'Mine' WHERE summary = 'C'", 1],
    ['deleted', "DELETE FROM calendar_events WHERE summary = 'C'", 0],
  ])('a row of the work calendar that was %s is reverted, and reported', async (_, edit, conflicts) => {
    const before = await events();
    await calendar.sql(edit);
    const { inbound, outbound } = await calendar.cycle({ sweep: true });
    expect(inbound).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
    expect(outbound).toMatchObject({ conflicts, errors: [{ code: 'read_only' }] });
    expect(await events()).toEqual(before);
    expect(await calendar.sql('SELECT FROM sync_conflicts')).toHaveLength(conflicts);
  });

  test('a row of the work calendar that was edited while its event was moved takes the move, and is reported', async () => {
    const id = calendar.google.events(WORK)[0]?.id ?? '';
    calendar.google.editEvent(WORK, id, { summary: 'C, renamed' });
    await calendar.sql("UPDATE calendar_events SET summary = 'Mine' WHERE summary = 'C'");
    const { outbound } = await calendar.cycle();
    expect(outbound).toMatchObject({ conflicts: 1, errors: [{ code: 'read_only' }] });
    expect((await events()).map(({ summary }) => summary)).toEqual(['A', 'B', 'C, renamed']);
  });
});
