import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CalendarEngine, PERSONAL, startCalendarEngine } from '../support/calendar-engine.ts';

const day = { start: { date: '2026-03-05' }, end: { date: '2026-03-06' } };
let calendar: CalendarEngine;
beforeAll(async () => {
  calendar = await startCalendarEngine();
});
afterAll(() => calendar.close());

const create = (event: object): string => calendar.google.createEvent(PERSONAL, { ...day, ...event }).id;
const summaries = async (): Promise<string[]> =>
  (await calendar.sql<{ summary: string }>('SELECT summary FROM calendar_events ORDER BY summary')).map(
    ({ summary }) => summary,
  );

describe('an odd event is no trouble for its neighbours', () => {
  test.each([
    ['in year 1', { start: { date: '0001-01-01' }, end: { date: '0001-01-02' } }, 'Year 1'],
    ['before the year 1000', { start: { date: '0999-12-31' }, end: { date: '1000-01-01' } }, 'Year 999'],
    ['on the last day', { start: { date: '9999-12-30' }, end: { date: '9999-12-31' } }, 'Year 9999'],
    ['with a zero byte', {}, 'Nul \0 inside'],
    ['with half a surrogate pair', {}, 'Half \ud83d inside'],
  ])('%s', async (_, times, summary) => {
    create({ ...times, summary });
    create({ summary: `beside ${summary.slice(0, 4)}` });
    const { inbound, outbound } = await calendar.cycle();
    for (const { errors } of [inbound, outbound]) expect(errors).toEqual([]);
    const stored = await summaries();
    expect(stored).toContain(summary.replace('\0', '').replace('\ud83d', '\ufffd'));
    expect(stored).toContain(`beside ${summary.slice(0, 4)}`);
  });
});

describe('an edit that Google does not allow is the error of its event', () => {
  const yearly = { recurrence: ['RRULE:FREQ=YEARLY'], visibility: 'private', transparency: 'transparent' };
  test.each([
    ['a birthday', { eventType: 'birthday', ...yearly }, 'refused', /'birthday' event in a way that is not valid/],
    ['an event from Gmail', { eventType: 'fromGmail' }, 'refused', /'fromGmail' event in a way that is not valid/],
    [
      'an invitation of somebody else',
      { organizer: { email: 'boss@example.com' } },
      'event_forbidden',
      /only be changed by the organizer/,
    ],
  ])('%s', async (summary, event, code, message) => {
    create({ summary, ...event });
    const beside = create({ summary: `beside ${summary}` });
    await calendar.cycle();
    await calendar.sql(`UPDATE calendar_events SET location = 'Rome' WHERE summary IN ($1, $2)`, [
      summary,
      `beside ${summary}`,
    ]);
    const { outbound } = await calendar.cycle();
    expect(outbound.errors).toMatchObject([{ code, message: expect.stringMatching(message) }]);
    expect(outbound.errors[0]?.record).not.toBeNull();
    expect(calendar.google.event(PERSONAL, beside)).toMatchObject({ location: 'Rome' });
    await calendar.sql('DELETE FROM sync_outbox');
  });
});

describe('a sync token that Google does not accept leads to a full listing', () => {
  beforeEach(async () => {
    await calendar.cycle();
  });
  test.each([
    // Another account has signed in, while the calendar's name is `primary`.
    [
      'made for another calendar',
      () => calendar.sql("UPDATE sync_sources SET sync_token = 'of-another' WHERE sync_token IS NOT NULL"),
    ],
    ['expired', async () => calendar.google.expireSyncTokens(PERSONAL)],
  ])('%s', async (name, lose) => {
    create({ summary: `while ${name}` });
    await lose();
    expect((await calendar.cycle()).inbound.errors).toEqual([]);
    expect(await summaries()).toContain(`while ${name}`);
    const { inbound } = await calendar.cycle();
    expect(inbound).toMatchObject({ created: 0, updated: 0, archived: 0, errors: [] });
  });
});
