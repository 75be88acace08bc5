import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientOf, emulate, ME } from '../../packages/google-emulator/test/support.ts';
import { RecordError } from '../../src/errors.ts';
import {
  canonicalEvent,
  decodeEvent,
  type EventFields,
  encodeEvent,
  encodePatch,
  eventIdFor,
} from '../../src/google/events.ts';
import { startOfDay } from '../../src/shared/zoned-time.ts';

const zone = 'America/Los_Angeles';
const rowId = '0b5d4b6e-1c1f-4b53-9d0c-1f6d8f0f7a11';
const taskId = 'a3f1c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d';

const lunch: EventFields = {
  summary: 'Lunch',
  description: null,
  location: 'Here',
  start_time: '2026-03-01T20:00:00.000Z',
  end_time: '2026-03-01T21:00:00.000Z',
  all_day: false,
  time_zone: zone,
  status: 'confirmed',
  source_task_id: taskId,
};
const holiday: EventFields = {
  ...lunch,
  all_day: true,
  start_time: '2026-03-07T08:00:00.000Z',
  end_time: '2026-03-09T07:00:00.000Z',
};

describe('encoding', () => {
  test('a timed event', () => {
    expect(encodeEvent(lunch, rowId, 0, zone)).toEqual({
      id: eventIdFor(rowId),
      summary: 'Lunch',
      location: 'Here',
      status: 'confirmed',
      start: { dateTime: '2026-03-01T20:00:00.000Z', timeZone: zone },
      end: { dateTime: '2026-03-01T21:00:00.000Z', timeZone: zone },
      extendedProperties: { private: { lockstep_row_id: rowId, source_task_id: taskId } },
    });
  });

  test('an all-day event across a clock change', () => {
    const { start, end } = encodeEvent(holiday, rowId, 0, zone);
    expect([start, end]).toEqual([{ date: '2026-03-07' }, { date: '2026-03-09' }]);
  });

  test('an all-day row means the days of its own zone', () => {
    const row = { ...holiday, time_zone: 'Asia/Kolkata', start_time: '2026-02-28T18:30:00.000Z', end_time: null };
    const { start, end } = encodeEvent(row, rowId, 0, zone);
    expect([start, end]).toEqual([{ date: '2026-03-01' }, { date: '2026-03-02' }]);
    expect(canonicalEvent(row, zone)).toMatchObject({ start_time: '2026-03-01T08:00:00.000Z', time_zone: zone });
  });

  test('an all-day row that ends within a day includes the whole day', () => {
    const row = { ...holiday, end_time: '2026-03-09T07:00:01.000Z' };
    expect(encodeEvent(row, rowId, 0, zone).end).toEqual({ date: '2026-03-10' });
  });

  test('without an end, an event lasts an hour or a day', () => {
    expect(canonicalEvent({ ...lunch, end_time: null }, zone).end_time).toBe('2026-03-01T21:00:00.000Z');
    expect(canonicalEvent({ ...holiday, end_time: holiday.start_time }, zone).end_time).toBe(
      '2026-03-08T08:00:00.000Z',
    );
  });

  test.each([
    [{ start_time: null }, /start_time is empty/],
    [{ end_time: '2026-03-01T19:59:59Z' }, /end_time is before start_time/],
    [{ time_zone: 'Mars/Olympus' }, /time_zone "Mars\/Olympus"/],
    [{ status: 'maybe' }, /status "maybe"/],
    [{ start_time: 'soon' }, /start_time "soon"/],
  ])('%o is refused', (change, message) => {
    const encode = () => encodeEvent({ ...lunch, ...change }, rowId, 0, zone);
    expect(encode).toThrow(RecordError);
    expect(encode).toThrow(message);
  });
});

describe('ids', () => {
  test('are derived from the row and valid in Google', () => {
    expect(eventIdFor(rowId)).toMatch(/^[a-v0-9]{64}$/);
    expect(eventIdFor(rowId)).toBe(eventIdFor(rowId, 0));
    expect(new Set([eventIdFor(rowId), eventIdFor(rowId, 1), eventIdFor(taskId)]).size).toBe(3);
  });
});

describe('decoding', () => {
  test('a tombstone', () => {
    expect(decodeEvent({ id: 'abc', status: 'cancelled' }, zone)).toEqual({
      id: 'abc',
      etag: null,
      unreadable: null,
      cancelled: true,
      fields: null,
      rowId: null,
      series: { kind: 'single' },
      createdAt: null,
      updatedAt: null,
    });
  });

  test('a series, and its exceptions', () => {
    const start = { dateTime: '2026-03-01T12:00:00-08:00', timeZone: zone };
    const seriesOf = (event: object) => decodeEvent({ id: 'a', start, end: start, ...event }, zone).series;
    expect(seriesOf({ recurrence: ['RRULE:FREQ=DAILY'] })).toEqual({ kind: 'master' });
    const masterId = 'weekly';
    expect(seriesOf({ recurringEventId: masterId, originalStartTime: start })).toEqual({
      kind: 'exception',
      masterId,
      originalStart: '2026-03-01T20:00:00.000Z',
    });
    const cancelled = {
      id: 'b',
      status: 'cancelled',
      recurringEventId: masterId,
      originalStartTime: { date: '2026-03-08' },
    };
    expect(decodeEvent(cancelled, zone)).toMatchObject({
      cancelled: true,
      fields: null,
      series: { kind: 'exception', masterId, originalStart: '2026-03-08' },
    });
  });

  test('a time without an offset is local to its zone', () => {
    const start = { dateTime: '2026-03-01T12:00:00', timeZone: 'Asia/Kolkata' };
    expect(decodeEvent({ id: 'a', start, end: start }, zone).fields?.start_time).toBe('2026-03-01T06:30:00.000Z');
  });

  test('a link that is not a task id is ignored', () => {
    const start = { date: '2026-03-01' };
    const extendedProperties = { private: { source_task_id: 'task:7' } };
    expect(decodeEvent({ id: 'a', start, end: start, extendedProperties }, zone).fields?.source_task_id).toBeNull();
  });
});

describe('patching', () => {
  test('sends only what differs', () => {
    expect(encodePatch(lunch, lunch, zone)).toEqual({});
    expect(encodePatch(lunch, { ...lunch, summary: 'Dinner', location: null }, zone)).toEqual({
      summary: 'Dinner',
      location: null,
    });
    expect(encodePatch(lunch, { ...lunch, end_time: '2026-03-01T22:00:00Z' }, zone)).toEqual({
      end: { dateTime: '2026-03-01T22:00:00.000Z' },
    });
    expect(encodePatch(lunch, { ...lunch, source_task_id: null }, zone)).toEqual({
      extendedProperties: { private: { source_task_id: null } },
    });
  });

  test('clears the other kind of time', () => {
    expect(encodePatch(lunch, holiday, zone)).toEqual({
      start: { date: '2026-03-07', dateTime: null, timeZone: null },
      end: { date: '2026-03-09', dateTime: null, timeZone: null },
    });
    expect(encodePatch(holiday, lunch, zone)).toMatchObject({ start: { date: null }, end: { date: null } });
  });

  test('keeps what SQL has no column for', async () => {
    const emulator = await emulate();
    const extras = {
      attendees: [{ email: 'you@example.com' }],
      colorId: '5',
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
      conferenceData: { conferenceId: 'abc' },
    };
    const { id } = emulator.handle.createEvent(ME, {
      ...extras,
      summary: 'Flight',
      start: { dateTime: '2026-03-01T20:00:00Z', timeZone: zone },
      end: { dateTime: '2026-03-01T23:00:00Z', timeZone: 'America/New_York' },
      recurrence: ['RRULE:FREQ=WEEKLY'],
      extendedProperties: { private: { other: 'kept' } },
    });
    const { events } = clientOf(emulator);
    const held = decodeEvent((await events.get({ calendarId: ME, eventId: id })).data, zone);
    if (!held.fields) throw new Error('the event has no fields');
    const wanted = { ...held.fields, end_time: '2026-03-01T23:30:00.000Z', source_task_id: taskId };
    await events.patch({ calendarId: ME, eventId: id, requestBody: encodePatch(held.fields, wanted, zone) });
    expect(emulator.handle.event(ME, id)).toMatchObject({
      ...extras,
      recurrence: ['RRULE:FREQ=WEEKLY'],
      start: { dateTime: '2026-03-01T20:00:00Z', timeZone: zone },
      end: { dateTime: '2026-03-01T23:30:00Z', timeZone: 'America/New_York' },
      extendedProperties: { private: { other: 'kept', source_task_id: taskId } },
    });
  });
});

const zones = fc.constantFrom(zone, 'Asia/Kolkata', 'UTC', 'Europe/Paris', 'America/Havana', 'Australia/Lord_Howe');
/** Mostly around clock changes, Havana's at midnight among them. */
const moment = fc.oneof(
  fc
    .constantFrom('2026-03-08T10:00:00Z', '2026-11-01T09:00:00Z', '2026-03-29T01:00:00Z', '2026-03-08T05:00:00Z')
    .chain((at) => fc.integer({ min: -200, max: 200 }).map((quarters) => Date.parse(at) + quarters * 900_000)),
  fc.integer({ min: Date.parse('1990-01-01'), max: Date.parse('2100-01-01') }),
);
const text = fc.option(fc.string({ minLength: 1 }));
const row: fc.Arbitrary<EventFields> = fc
  .record({
    at: moment,
    length: fc.option(fc.integer({ min: 0, max: 5 * 86_400_000 })),
    summary: text,
    description: text,
    location: text,
    all_day: fc.boolean(),
    time_zone: fc.option(zones),
    status: fc.constantFrom('confirmed', 'tentative', null),
    source_task_id: fc.option(fc.uuid()),
  })
  .map(({ at, length, ...rest }) => ({
    ...rest,
    start_time: new Date(at).toISOString(),
    end_time: length === null ? null : new Date(at + length).toISOString(),
  }));

describe('laws', () => {
  test('an encoded row decodes to its canonical form, which is stable', () => {
    fc.assert(
      fc.property(row, zones, (fields, inZone) => {
        const canonical = canonicalEvent(fields, inZone);
        const decoded = decodeEvent(encodeEvent(fields, rowId, 0, inZone), inZone);
        expect(decoded.fields).toEqual(canonical);
        expect(decoded.rowId).toBe(rowId);
        expect(canonicalEvent(canonical, inZone)).toEqual(canonical);
        expect(encodePatch(fields, canonical, inZone)).toEqual({});
      }),
      { numRuns: 3000 },
    );
  });

  test('an all-day row from a machine in another zone means the same days', () => {
    fc.assert(
      fc.property(row, zones, zones, (fields, here, there) => {
        const allDay = canonicalEvent({ ...fields, all_day: true }, here);
        const { start, end } = encodeEvent(allDay, rowId, 0, there);
        expect(startOfDay(start?.date ?? '', here)).toBe(Date.parse(allDay.start_time));
        expect(startOfDay(end?.date ?? '', here)).toBe(Date.parse(allDay.end_time));
      }),
      { numRuns: 2000 },
    );
  });

  test('through the emulator, whatever the event was before', async () => {
    const emulator = await emulate({ quota: { perMinute: 1e9, perMinutePerUser: 1e9 } });
    const { events } = clientOf(emulator);
    await fc.assert(
      fc.asyncProperty(fc.uuid(), row, row, zones, async (ofRow, first, second, inZone) => {
        const requestBody = encodeEvent(first, ofRow, 0, inZone);
        const inserted = (await events.insert({ calendarId: ME, requestBody })).data;
        const held = decodeEvent(inserted, inZone);
        expect(held.fields).toEqual(canonicalEvent(first, inZone));
        const patch = encodePatch(held.fields ?? first, second, inZone);
        const patched = (await events.patch({ calendarId: ME, eventId: held.id, requestBody: patch })).data;
        expect(decodeEvent(patched, inZone).fields).toEqual(canonicalEvent(second, inZone));
      }),
      { numRuns: 150 },
    );
  });
});
