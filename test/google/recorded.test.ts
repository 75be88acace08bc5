import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FinalError, LockstepError, RecordError, RetryableError } from '../../src/errors.ts';
import { eventToRecord } from '../../src/google/event-record.ts';
import { canonicalEvent, decodeEvent, encodeEvent, encodePatch } from '../../src/google/events.ts';
import { toLockstepError, toSignInError } from '../../src/google/google-errors.ts';

const ZONES = [
  ...['UTC', 'Europe/Madrid', 'America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Auckland', 'America/St_Johns'],
  ...['Africa/Casablanca', 'Pacific/Kiritimati', 'America/Sao_Paulo'],
];
const answered = (status: number, data: unknown): Error =>
  Object.assign(new Error('an answer'), { response: { status, data, headers: {} } });
const asked = { account: 'personal', kind: 'write', what: 'event 3f', ofEvent: true } as const;
const listed = { account: 'personal', kind: 'read', what: 'the calendar', byToken: true } as const;
const refusal = (status: number, reason: string, message = 'x') =>
  answered(status, { error: { errors: [{ domain: 'global', reason, message }], code: status, message } });

describe('recorded events', () => {
  interface RecordedEvent {
    readonly source: string;
    readonly expect: 'identity' | 'trashed' | 'keeps its times' | 'its own error';
    readonly event: Readonly<Record<string, unknown>>;
  }
  const events: RecordedEvent[] = JSON.parse(readFileSync(new URL('recorded-events.json', import.meta.url), 'utf8'));
  const named = events.map((recorded, index) => [`${index + 1}: ${recorded.source}`, recorded] as const);

  test.each(named)('%s', (_, { event, expect: expected }) => {
    for (const zone of ZONES) {
      const decoded = decodeEvent(event, zone);
      const { fields, cancelled } = decoded;
      const record = eventToRecord(decoded);
      expect(record.unreadable ?? null).toEqual(expected === 'its own error' ? expect.any(RecordError) : null);
      expect(record.trashed).toBe(event.status === 'cancelled');
      if (record.trashed) expect(Object.keys(record.fields)).not.toContain('start_time');
      if (fields && !cancelled) {
        const canonical = canonicalEvent(fields, zone);
        expect(canonical).toEqual(fields);
        expect(encodePatch(fields, canonical, zone)).toEqual({});
      }
    }
  });
  test('at least one of each kind', () => {
    const kinds = new Set(events.map((event) => event.expect));
    expect([...kinds].sort()).toEqual(['identity', 'its own error', 'keeps its times', 'trashed']);
  });
});

describe('one bad event', () => {
  const live = { id: 'a', status: 'confirmed' };
  test.each([
    ['without a date', { start: { dateTimes: '2008-09-24T10:30:00Z' }, end: {} }],
    ['with a date that is none', { start: { date: 'someday' }, end: { date: '2026-01-02' } }],
    ['without a start', { end: { date: '2026-01-02' } }],
  ])('%s is its own error', (_, times) => {
    const record = eventToRecord(decodeEvent({ ...live, ...times } as object, 'Europe/Madrid'));
    expect(record.unreadable).toBeInstanceOf(RecordError);
    expect(record.unreadable?.message).toContain('has no date');
  });
  test.each(ZONES)('at the edges of the calendar is read in %s', (zone) => {
    for (const [from, to] of [
      ['0001-01-01', '0001-01-02'],
      ['0999-12-31', '1000-01-01'],
      ['9999-12-30', '9999-12-31'],
    ] as const) {
      const { fields } = decodeEvent({ ...live, start: { date: from }, end: { date: to } }, zone);
      expect(Date.parse(fields?.end_time ?? '') - Date.parse(fields?.start_time ?? '')).toBe(86_400_000);
    }
  });
  test('in a time zone that is only an offset can be edited', () => {
    const at = { dateTime: '2026-03-01T10:00:00', timeZone: 'GMT-07:00' };
    const { fields } = decodeEvent({ ...live, start: at, end: at }, 'UTC');
    expect(fields).toMatchObject({ start_time: '2026-03-01T17:00:00.000Z', time_zone: 'GMT-07:00' });
    expect(fields && canonicalEvent(fields, 'UTC').time_zone).toBe('GMT-07:00');
  });
  test('in an unknown time zone, with an unreadable original time, is read', () => {
    const at = { dateTime: '2026-03-01T10:00:00', timeZone: 'Mars/Olympus' };
    const event = { ...live, start: at, end: at, recurringEventId: 'b', originalStartTime: { dateTime: 'once' } };
    expect(decodeEvent(event, 'UTC').fields?.start_time).toBe('2026-03-01T10:00:00.000Z');
  });
  test('with a zero byte or half a surrogate pair keeps what SQL can store', () => {
    const day = { date: '2026-01-02' };
    const { fields } = decodeEvent(
      { ...live, summary: 'Nul \0 inside', location: 'Half \ud83d inside', start: day, end: day },
      'UTC',
    );
    expect(fields).toMatchObject({ summary: 'Nul  inside', location: 'Half \ufffd inside' });
  });
});

test('a description that Google does not accept is named before it is sent', () => {
  const day = { date: '2026-01-02' };
  const { fields } = decodeEvent({ id: 'a', status: 'confirmed', start: day, end: day }, 'UTC');
  const long = fields && { ...fields, description: 'n'.repeat(8_193) };
  if (!fields || !long) return expect.fail('not read');
  expect(() => encodeEvent(long, 'row', 0, 'UTC')).toThrow(
    'description has 8193 characters; Google accepts at most 8192',
  );
  expect(() => encodePatch(fields, long, 'UTC')).toThrow(RecordError);
  // What Google already has is not sent again.
  expect(encodePatch(long, { ...long, summary: 'New' }, 'UTC')).toEqual({ summary: 'New' });
});

describe('recorded and documented errors', () => {
  interface Recorded {
    readonly name: string;
    readonly status: number;
    readonly body: unknown;
    readonly expected: string;
  }
  const errors: Recorded[] = JSON.parse(readFileSync(new URL('recorded-errors.json', import.meta.url), 'utf8'));
  const meanings: Readonly<Record<string, (error: LockstepError) => boolean>> = {
    wait: (error) => error instanceof RetryableError && error.code === 'rate_limited',
    retry: (error) => error instanceof RetryableError,
    final: (error) => error instanceof FinalError,
    record: (error) => error instanceof RecordError,
    resync: (error) => error.code === 'full_sync_required',
    exists: (error) => error.code === 'event_exists',
    changed: (error) => error.code === 'event_changed',
    renew: (error) => error.code === 'google_unauthorized',
  };
  test.each(errors.map((error) => [error.name, error] as const))('%s', (name, { status, body, expected }) => {
    const failure = answered(status, body);
    const purpose = expected === 'resync' ? listed : asked;
    const error = name.startsWith('oauth') ? toSignInError(failure, 'personal') : toLockstepError(failure, purpose);
    expect(meanings[expected]?.(error) ?? error.code === expected).toBe(true);
  });
});

test("a cancelled event's times are not believed, unless we have just written them", () => {
  const at = { dateTime: '2011-01-01T10:00:00Z', timeZone: 'UTC' };
  const event = decodeEvent({ id: 'a', status: 'cancelled', summary: 'Gone', start: at, end: at }, 'UTC');
  const record = eventToRecord(event);
  expect(record.trashed).toBe(true);
  expect(record.fields).toMatchObject({ summary: 'Gone' });
  expect(record.fields).not.toHaveProperty('start_time');
  expect(eventToRecord(event, true).fields).toMatchObject({ start_time: '2011-01-01T10:00:00.000Z' });
});

describe('refusals', () => {
  test.each([
    ['400 with the words of the token', refusal(400, 'invalid', 'Invalid sync token value.')],
    ['410 with a reason', refusal(410, 'fullSyncRequired')],
    ['410 without errors', answered(410, { error: { code: 410, message: 'Gone' } })],
    ['410 without a readable body', answered(410, '')],
  ])('%s is a lost token', (_, failure) => {
    expect(toLockstepError(failure, listed)).toMatchObject({ code: 'full_sync_required' });
  });
  test('a 400 about anything else is none', () => {
    expect(toLockstepError(refusal(400, 'invalid', 'Bad Request'), listed)).toBeInstanceOf(FinalError);
  });

  test.each(['dailyLimitExceeded', 'quotaExceeded', 'calendarUsageLimits'])('%s waits for a minute', (reason) => {
    const error = toLockstepError(refusal(403, reason), asked);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 });
  });

  test.each([
    ['notACalendarUser', refusal(403, 'notACalendarUser')],
    ['appNotInstalled', refusal(403, 'appNotInstalled')],
    ['dailyLimitExceededUnreg', refusal(403, 'dailyLimitExceededUnreg')],
    ['a page in HTML', answered(403, '<html><title>Error 403 (Forbidden)</title></html>')],
  ])('403 %s concerns the account', (_, failure) => {
    expect(toLockstepError(failure, asked)).toBeInstanceOf(FinalError);
  });
  test.each(['forbidden', 'forbiddenForNonOrganizer', 'forbiddenForNonCreator'])(
    '403 %s concerns the event',
    (reason) => {
      expect(toLockstepError(refusal(403, reason), asked)).toBeInstanceOf(RecordError);
    },
  );

  test.each([
    ['deleted_client', 'google_client'],
    ['disabled_client', 'google_client'],
    ['admin_policy_enforced', 'google_admin_policy'],
  ])('a sign-in refused with %s is not fixed by signing in', (error, code) => {
    const failure = toSignInError(answered(401, { error }), 'personal');
    expect(failure).toMatchObject({ code });
    expect(failure.message).not.toContain('auth google');
  });
  test.each(['rate_limit_exceeded', 'internal_failure', 'temporarily_unavailable'])(
    'a sign-in that fails with %s is tried again',
    (error) => {
      expect(toSignInError(answered(400, { error }), 'personal')).toBeInstanceOf(RetryableError);
    },
  );
  test('none of them is unexpected', () => {
    expect(toLockstepError(answered(418, 'tea'), asked)).toBeInstanceOf(LockstepError);
  });
});
