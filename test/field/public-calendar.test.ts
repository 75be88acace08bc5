import { describe, expect, test } from 'vitest';
import { RecordError } from '../../src/errors.ts';
import { eventToRecord } from '../../src/google/event-record.ts';
import { decodeEvent, type EventFields, encodeEvent, encodePatch } from '../../src/google/events.ts';
import { startOfDay } from '../../src/shared/zoned-time.ts';

// Each row is a public bug report of another tool; its address is the name of the test.

const ROW = '0b5d4b6e-1c1f-4b53-9d0c-1f6d8f0f7a11';
const live = { id: 'e1', status: 'confirmed', summary: 'Trip' };
const fieldsOf = (event: object, zone: string): EventFields =>
  decodeEvent({ ...live, ...event }, zone).fields ?? expect.fail('the event has no fields');
const at = (dateTime: string, timeZone?: string) => ({ dateTime, ...(timeZone ? { timeZone } : {}) });

describe('an all-day event keeps its days, in both directions', () => {
  test.each([
    ['https://github.com/formax68/memoChron/issues/26', '2025-06-10', '2025-06-11', 'Europe/Berlin'],
    ['https://github.com/lexafaxine/GoogleCalendarImporter/issues/6', '2025-12-30', '2025-12-31', 'America/Phoenix'],
    ['https://github.com/niccokunzmann/python-recurring-ical-events/issues/44', '2020-08-14', '2020-08-15', 'UTC'],
    ['https://github.com/danielegobbetti/ICSImport/issues/14', '2016-10-31', '2016-11-05', 'America/Sao_Paulo'],
    ['https://github.com/SimpleMobileTools/Simple-Calendar/pull/369', '2018-02-18', '2018-02-20', 'Asia/Kolkata'],
    ['https://github.com/vellum-ai/vellum-assistant/pull/33088', '2026-09-06', '2026-09-07', 'America/Santiago'],
    ['https://github.com/davedelong/calendar_fallacies/issues/13', '2017-03-26', '2017-03-27', 'Asia/Beirut'],
    ['https://github.com/redmine/redmine-old/pull/13', '2010-10-17', '2010-10-18', 'America/Sao_Paulo'],
    ['https://github.com/tc39/proposal-temporal/pull/2918', '1919-03-31', '1919-04-01', 'America/Toronto'],
  ])('%s', (_, from, to, zone) => {
    const fields = fieldsOf({ start: { date: from }, end: { date: to } }, zone);
    expect(fields).toMatchObject({ all_day: true });
    const { start, end } = encodeEvent(fields, ROW, 0, zone);
    expect([start, end]).toEqual([{ date: from }, { date: to }]);
    expect(encodePatch(fields, { ...fields, summary: 'Renamed' }, zone)).toEqual({ summary: 'Renamed' });
  });

  test.each([
    [
      'https://github.com/vellum-ai/vellum-assistant/pull/33088',
      '2026-09-06',
      'America/Santiago',
      '2026-09-06T04:00:00.000Z',
    ],
    [
      'https://github.com/vellum-ai/vellum-assistant/pull/33082',
      '2026-10-04',
      'Australia/Sydney',
      '2026-10-03T14:00:00.000Z',
    ],
    [
      'https://github.com/tc39/proposal-temporal/pull/2918',
      '1919-03-31',
      'America/Toronto',
      '1919-03-31T04:30:00.000Z',
    ],
  ])('%s: %s in %s begins at its first instant', (_, day, zone, first) => {
    expect(new Date(startOfDay(day, zone)).toISOString()).toBe(first);
  });
});

describe('an edit of one field sends this field alone', () => {
  const zoned = (timeZone: string) => ({
    start: at('2022-01-26T12:00:00Z', timeZone),
    end: at('2022-01-26T12:30:00Z', timeZone),
  });
  test.each<[source: string, event: object]>([
    ['https://github.com/derekantrican/GAS-ICS-Sync/issues/254', zoned('GMT Standard Time 1')],
    ['https://github.com/derekantrican/GAS-ICS-Sync/issues/225', zoned('Customized Time Zone')],
    ['https://github.com/phw198/OutlookGoogleCalendarSync/issues/2197', zoned('tzone://Microsoft/Utc')],
    ['https://github.com/phw198/OutlookGoogleCalendarSync/issues/62', zoned('GMT+01:00')],
    [
      'https://github.com/derekantrican/GAS-ICS-Sync/issues/97',
      { start: at('2022-01-26T12:00:00Z'), end: at('2022-01-26T12:30:00Z') },
    ],
    [
      'https://github.com/home-assistant/core/issues/91416',
      {
        start: at('2023-03-10T10:00:00+01:00', 'Europe/Paris'),
        end: at('2023-03-10T18:00:00-05:00', 'America/New_York'),
      },
    ],
    [
      'https://github.com/home-assistant/core/issues/90952',
      {
        start: at('2023-04-12T06:00:00+02:00', 'Europe/Berlin'),
        end: at('2023-04-12T06:00:00+02:00', 'Europe/Berlin'),
      },
    ],
    [
      'https://github.com/openclaw/gogcli/pull/265',
      { ...zoned('UTC'), reminders: { useDefault: false, overrides: [{ method: 'popup' }] } },
    ],
    [
      'https://github.com/taylorwilsdon/google_workspace_mcp/pull/801',
      { ...zoned('UTC'), conferenceData: { conferenceId: 'abc' } },
    ],
    [
      'https://github.com/t4t5/caldir/pull/32',
      { ...zoned('UTC'), attendees: [{ email: 'a@example.com' }], recurringEventId: 'e0' },
    ],
    ['https://github.com/derekantrican/GAS-ICS-Sync/issues/299', { ...zoned('UTC'), reminders: { useDefault: true } }],
    ['https://github.com/home-assistant/core/issues/114072', { ...zoned('UTC'), eventType: 'workingLocation' }],
    [
      'https://github.com/kewisch/gdata-provider/issues/660',
      { ...zoned('UTC'), description: 'line 1<br>line 2<br>line 3' },
    ],
  ])('%s', (_, event) => {
    const fields = fieldsOf(event, 'Europe/Madrid');
    expect(encodePatch(fields, { ...fields, summary: 'Renamed' }, 'Europe/Madrid')).toEqual({ summary: 'Renamed' });
    const moved = { ...fields, end_time: new Date(Date.parse(fields.end_time ?? '') + 3_600_000).toISOString() };
    expect(encodePatch(fields, moved, 'Europe/Madrid')).toEqual({ end: { dateTime: moved.end_time } });
  });

  test('in a time zone that is an offset, an event that becomes all-day has the days of that offset', () => {
    const evening = { start: at('2022-01-26T04:00:00Z', 'GMT-07:00'), end: at('2022-01-26T05:00:00Z', 'GMT-07:00') };
    const fields = fieldsOf(evening, 'Europe/Madrid');
    expect(encodePatch(fields, { ...fields, all_day: true }, 'Europe/Madrid')).toEqual({
      start: { date: '2022-01-25', dateTime: null, timeZone: null },
      end: { date: '2022-01-26', dateTime: null, timeZone: null },
    });
  });

  test('a time zone that SQL sets must be one', () => {
    const fields = fieldsOf(zoned('GMT Standard Time 1'), 'Europe/Madrid');
    expect(() => encodePatch(fields, { ...fields, time_zone: 'Customized Time Zone' }, 'UTC')).toThrow(RecordError);
    expect(() => encodeEvent(fields, ROW, 0, 'UTC')).toThrow(RecordError);
  });
});

describe('an event with less than usual is read', () => {
  test.each<[source: string, event: object, expected: Partial<EventFields>]>([
    [
      'https://github.com/kuzmoyev/google-calendar-simple-api/issues/67',
      { summary: undefined, start: at('2021-01-15T10:00:00Z'), end: at('2021-01-15T11:00:00Z') },
      { summary: null, start_time: '2021-01-15T10:00:00.000Z' },
    ],
    [
      'https://github.com/home-assistant/core/issues/71167',
      { start: at('2022-05-01T22:00:00Z', 'UTC'), end: at('2022-05-01T23:00:00Z', 'UTC') },
      { start_time: '2022-05-01T22:00:00.000Z', time_zone: 'UTC' },
    ],
    [
      'https://github.com/home-assistant/core/issues/17968',
      {
        start: at('2018-10-28T08:00:00+01:00', 'Europe/Berlin'),
        end: at('2018-10-28T09:00:00+01:00', 'Europe/Berlin'),
      },
      { start_time: '2018-10-28T07:00:00.000Z', time_zone: 'Europe/Berlin' },
    ],
  ])('%s', (_, event, expected) => {
    expect(fieldsOf(event, 'Europe/Madrid')).toMatchObject(expected);
  });

  test.each<[source: string, event: object]>([
    ['https://github.com/derekantrican/GAS-ICS-Sync/pull/526', { status: 'cancelled', summary: undefined }],
    [
      'https://github.com/phw198/OutlookGoogleCalendarSync/issues/2124',
      {
        status: 'cancelled',
        start: { date: null, dateTime: '2025-05-02T16:00:00Z', timeZone: 'America/Los_Angeles' },
        end: { date: null, dateTime: '2025-05-02T17:00:00Z', timeZone: 'America/Los_Angeles' },
      },
    ],
    [
      'https://github.com/t4t5/caldir/issues/54',
      { status: 'cancelled', recurringEventId: 'm', originalStartTime: at('2026-08-26T13:00:00+02:00') },
    ],
  ])('%s: a cancelled event is gone, whatever it still says', (_, event) => {
    const record = eventToRecord(decodeEvent({ ...live, ...event }, 'Europe/Madrid'));
    expect(record.trashed).toBe(true);
    expect(record.unreadable).toBeUndefined();
    expect(Object.keys(record.fields)).not.toContain('start_time');
  });
});

describe('a row gives an event that Google accepts, or is refused alone', () => {
  const row: EventFields = {
    summary: 'Film',
    description: null,
    location: null,
    start_time: '2026-04-25T18:00:00.000Z',
    end_time: '2026-04-25T20:00:00.000Z',
    all_day: false,
    time_zone: 'Europe/London',
    status: null,
    source_task_id: null,
  };
  test.each<[source: string, change: Partial<EventFields>]>([
    ['https://github.com/t4t5/caldir/issues/20', { all_day: true, end_time: null }],
    ['https://github.com/t4t5/caldir/issues/20', { end_time: null }],
    [
      'https://github.com/derekantrican/GAS-ICS-Sync/issues/237',
      { start_time: '2026-04-24T23:00:00.000Z', all_day: true },
    ],
    ['https://github.com/python/pythondotorg/issues/2021', { all_day: true, end_time: '2026-04-25T18:00:00.000Z' }],
  ])('%s', (_, change) => {
    const { start, end } = encodeEvent({ ...row, ...change }, ROW, 0, 'Europe/London');
    expect(Object.keys(start ?? {}).includes('date')).toBe(Object.keys(end ?? {}).includes('date'));
    const [from, to] = [start, end].map((time) => Date.parse(time?.date ?? time?.dateTime ?? ''));
    expect(to).toBeGreaterThan(Number(from));
  });
  test.each<[source: string, change: Partial<EventFields>]>([
    ['https://github.com/derekantrican/GAS-ICS-Sync/issues/305', { time_zone: 'Eastern Standard Time' }],
    ['https://github.com/derekantrican/GAS-ICS-Sync/issues/238', { end_time: '2026-04-25T17:00:00.000Z' }],
  ])('%s', (_, change) => {
    expect(() => encodeEvent({ ...row, ...change }, ROW, 0, 'Europe/London')).toThrow(RecordError);
  });
});
