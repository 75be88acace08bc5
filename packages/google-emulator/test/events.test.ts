import { describe, expect, test } from 'vitest';
import { clientOf, day, emulate, failureOf, hour, lunch, ME, WORK } from './support.ts';

const id = 'abcdef0123456789';

describe('insert', () => {
  test("returns the event with an etag, its id and times in the calendar's time zone", async () => {
    const emulator = await emulate({
      calendars: [{ id: ME, timeZone: 'America/Los_Angeles', access: { [ME]: 'owner' } }],
    });
    const { events } = clientOf(emulator);
    const { data } = await events.insert({ calendarId: 'primary', requestBody: { ...lunch, id } });
    expect(data).toMatchObject({
      id,
      status: 'confirmed',
      summary: 'Lunch',
      start: { dateTime: '2026-03-01T12:00:00-08:00', timeZone: 'America/Los_Angeles' },
    });
    expect(data.etag).toMatch(/^".+"$/);
    expect((await events.get({ calendarId: ME, eventId: id })).data).toEqual(data);
  });

  test('an id can be used once, even when its event is deleted', async () => {
    const { events } = clientOf(await emulate());
    const insert = () => events.insert({ calendarId: 'primary', requestBody: { ...lunch, id } });
    await insert();
    expect(await failureOf(insert())).toMatchObject({ status: 409, reason: 'duplicate' });
    await events.delete({ calendarId: 'primary', eventId: id });
    expect(await failureOf(insert())).toMatchObject({ status: 409, reason: 'duplicate' });
  });

  test.each([
    ['a hyphen in the id', { ...lunch, id: 'abc-def-012' }, /Invalid resource id/],
    ['an upper-case id', { ...lunch, id: 'ABCDEF' }, /Invalid resource id/],
    ['w to z in the id', { ...lunch, id: 'xyzwxyz' }, /Invalid resource id/],
    ['a short id', { ...lunch, id: 'abcd' }, /Invalid resource id/],
    ['no start', { end: lunch.end }, /Missing start time/],
    ['no end', { start: lunch.start }, /Missing end time/],
    ['a date and a time together', { ...lunch, start: { ...lunch.start, date: '2026-03-01' } }, /Invalid start time/],
    ['a date as start and a time as end', { start: { date: '2026-03-01' }, end: lunch.end }, /either both be date/],
    ['an inclusive end date', day('2026-03-01', '2026-03-01'), /range is empty/],
    ['an end before the start', { start: lunch.end, end: lunch.start }, /range is empty/],
    ['an impossible date', day('2026-02-30', '2026-03-02'), /Invalid format/],
    ['a time without offset or time zone', hour('2026-03-01T12:00:00', '2026-03-01T13:00:00'), /Missing time zone/],
    ['an unknown time zone', { ...lunch, end: { ...lunch.end, timeZone: 'Mars/Olympus' } }, /Invalid time zone/],
    ['a recurring event without a time zone', { ...lunch, recurrence: ['RRULE:FREQ=DAILY'] }, /Missing time zone/],
  ])('%s is refused', async (_, requestBody, message) => {
    const { events } = clientOf(await emulate());
    const failure = await failureOf(events.insert({ calendarId: 'primary', requestBody }));
    expect(failure.status).toBe(400);
    expect(failure.message).toMatch(message);
  });
});

describe('patch', () => {
  test('changes the given fields, clears nulls, and keeps the rest', async () => {
    const { events } = clientOf(await emulate());
    const requestBody = {
      ...lunch,
      id,
      location: 'Here',
      description: 'Soup',
      colorId: '5',
      extendedProperties: { private: { a: '1', b: '2' } },
    };
    const before = (await events.insert({ calendarId: 'primary', requestBody })).data;
    const change = { location: null, summary: 'Dinner', extendedProperties: { private: { a: null as never, c: '3' } } };
    const { data } = await events.patch({ calendarId: 'primary', eventId: id, requestBody: change });
    expect(data).toMatchObject({ summary: 'Dinner', description: 'Soup', colorId: '5', start: before.start });
    expect(data).not.toHaveProperty('location');
    expect(data.extendedProperties).toEqual({ private: { b: '2', c: '3' } });
    expect(data.etag).not.toBe(before.etag);
  });

  test('changes a timed event to all-day only when the time is cleared', async () => {
    const { events } = clientOf(await emulate());
    await events.insert({ calendarId: 'primary', requestBody: { ...lunch, id } });
    const patch = (requestBody: object) => events.patch({ calendarId: 'primary', eventId: id, requestBody });
    const failure = await failureOf(patch(day('2026-03-01', '2026-03-02')));
    expect(failure).toMatchObject({ status: 400, message: 'Invalid start time.' });
    const cleared = { dateTime: null, timeZone: null };
    const { data } = await patch({
      start: { date: '2026-03-01', ...cleared },
      end: { date: '2026-03-02', ...cleared },
    });
    expect(data).toMatchObject(day('2026-03-01', '2026-03-02'));
  });

  test('update removes fields that are not given', async () => {
    const { events } = clientOf(await emulate());
    await events.insert({ calendarId: 'primary', requestBody: { ...lunch, id, location: 'Here' } });
    const { data } = await events.update({ calendarId: 'primary', eventId: id, requestBody: lunch });
    expect(data).not.toHaveProperty('location');
    const incomplete = events.update({ calendarId: 'primary', eventId: id, requestBody: { summary: 'Dinner' } });
    expect(await failureOf(incomplete)).toMatchObject({ status: 400, reason: 'required' });
  });
});

describe('etags', () => {
  test('If-Match refuses a write after another change', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const { etag } = (await events.insert({ calendarId: 'primary', requestBody: { ...lunch, id } })).data;
    const headers = { 'If-Match': etag ?? '' };
    emulator.handle.editEvent(ME, id, { summary: 'Dinner' });
    const target = { calendarId: 'primary', eventId: id };
    const stale = [
      events.patch({ ...target, requestBody: { summary: 'Tea' } }, { headers }),
      events.update({ ...target, requestBody: lunch }, { headers }),
      events.delete(target, { headers }),
    ];
    for (const request of stale) {
      expect(await failureOf(request)).toMatchObject({ status: 412, reason: 'conditionNotMet' });
    }
    expect(emulator.handle.event(ME, id)).toMatchObject({ summary: 'Dinner', status: 'confirmed' });
  });

  test('If-None-Match returns 304 for an unchanged event', async () => {
    const { events } = clientOf(await emulate());
    const { data } = await events.insert({ calendarId: 'primary', requestBody: { ...lunch, id } });
    const get = () =>
      events.get({ calendarId: 'primary', eventId: id }, { headers: { 'If-None-Match': data.etag ?? '' } });
    expect((await get()).status).toBe(304);
    await events.patch({ calendarId: 'primary', eventId: id, requestBody: { summary: 'Tea' } });
    expect((await get()).data.summary).toBe('Tea');
  });
});

describe('delete', () => {
  test('returns 204, then 410; an unknown event is 404; a deleted event can be restored', async () => {
    const { events } = clientOf(await emulate());
    await events.insert({ calendarId: 'primary', requestBody: { ...lunch, id } });
    const remove = (eventId: string) => events.delete({ calendarId: 'primary', eventId });
    expect((await remove(id)).status).toBe(204);
    expect(await failureOf(remove(id))).toMatchObject({ status: 410, reason: 'deleted' });
    expect(await failureOf(remove('00000'))).toMatchObject({ status: 404, reason: 'notFound' });
    expect((await events.get({ calendarId: 'primary', eventId: id })).data).toMatchObject({
      status: 'cancelled',
      summary: 'Lunch',
    });
    const revival = { calendarId: 'primary', eventId: id, requestBody: { status: 'confirmed' } };
    expect((await events.patch(revival)).data).toMatchObject({ status: 'confirmed', summary: 'Lunch' });
  });

  test('also deletes the exceptions of a recurring event', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const zone = { timeZone: 'Europe/Paris' };
    const start = { dateTime: '2026-03-01T12:00:00+01:00', ...zone };
    const end = { dateTime: '2026-03-01T13:00:00+01:00', ...zone };
    await events.insert({
      calendarId: 'primary',
      requestBody: { id, start, end, recurrence: ['RRULE:FREQ=WEEKLY'] },
    });
    const instance = { id: `${id}_20260308T110000Z`, recurringEventId: id, originalStartTime: start };
    emulator.handle.createEvent(ME, { ...instance, start, end, summary: 'Late lunch' });
    await events.delete({ calendarId: 'primary', eventId: id });
    expect(emulator.handle.events(ME).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  });
});

describe('access', () => {
  test('readers cannot write, and users without access see nothing', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const write = events.insert({ calendarId: WORK, requestBody: lunch });
    expect(await failureOf(write)).toMatchObject({ status: 403, reason: 'requiredAccessLevel' });
    expect((await events.list({ calendarId: WORK })).data.accessRole).toBe('reader');
    const stranger = clientOf(emulator, { user: 'you@example.com' });
    expect(await failureOf(stranger.events.list({ calendarId: ME }))).toMatchObject({ status: 404 });
  });

  test('a read-only scope does not allow writes', async () => {
    const scopes = ['https://www.googleapis.com/auth/calendar.events.readonly'];
    const { events } = clientOf(await emulate(), { scopes });
    await events.list({ calendarId: 'primary' });
    const write = events.insert({ calendarId: 'primary', requestBody: lunch });
    expect(await failureOf(write)).toMatchObject({ status: 403, reason: 'insufficientPermissions' });
  });
});
