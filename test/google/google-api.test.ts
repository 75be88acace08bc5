import { inspect } from 'node:util';
import type { FaultRule, GoogleEmulator } from 'google-emulator';
import { describe, expect, test } from 'vitest';
import { emulate, lunch, ME, when } from '../../packages/google-emulator/test/support.ts';
import { AmbiguousWriteError, FinalError, LockstepError, RecordError, RetryableError } from '../../src/errors.ts';
import { type Events, GoogleApi } from '../../src/google/google-api.ts';
import { isDuplicate, isEventChanged, isEventGone, isFullSyncRequired } from '../../src/google/google-errors.ts';
import { connectionTo, type MemoryGrants, signedIn } from './support.ts';

const id = 'abcdef0123456789';
const reading = { kind: 'read', what: 'the personal calendar' } as const;
const writing = { kind: 'write', what: 'the event', ofEvent: true } as const;
const list = (events: Events) => events.list({ calendarId: ME });
const insert = (events: Events) => events.insert({ calendarId: ME, requestBody: { ...lunch, id } });
const target = { calendarId: ME, eventId: id };

async function start(options?: Parameters<typeof emulate>[0]) {
  const emulator = await emulate(options);
  const grants = signedIn(emulator);
  return { emulator, grants, api: new GoogleApi(connectionTo(emulator), 'personal', grants) };
}

async function errorOf(work: Promise<unknown>): Promise<LockstepError> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (error instanceof LockstepError) return error;
  throw new Error('no LockstepError', { cause: error });
}

describe('access tokens', () => {
  test('one renewal serves all requests, and the next client', async () => {
    const { emulator, grants, api } = await start();
    await Promise.all(Array.from({ length: 5 }, () => api.call(reading, list)));
    expect(grants.asked).toBe(1);
    await new GoogleApi(connectionTo(emulator), 'personal', grants).call(reading, list);
    expect(grants.renewals).toBe(1);
    expect(api.requests).toBe(5);
    expect(emulator.handle.traffic()[ME]?.reads).toBe(6);
  });

  test('a refused token is renewed once for concurrent reads and writes', async () => {
    const { emulator, grants, api } = await start();
    await api.call(reading, list);
    emulator.handle.expireAccessTokens();
    await Promise.all([api.call(writing, insert), api.call(reading, list), api.call(reading, list)]);
    expect(grants.renewals).toBe(2);
    expect(emulator.handle.traffic()[ME]).toMatchObject({ inserts: 1, reads: 3 });
  });

  test('a rotated refresh token is stored; without one, the old is kept', async () => {
    const rotating = await start({ rotateRefreshTokens: true });
    const first = rotating.grants.grant.refreshToken;
    await rotating.api.call(reading, list);
    expect(rotating.grants.grant.refreshToken).not.toBe(first);
    rotating.emulator.handle.expireAccessTokens();
    await rotating.api.call(reading, list);

    const steady = await start();
    const token = steady.grants.grant.refreshToken;
    await steady.api.call(reading, list);
    expect(steady.grants.grant).toMatchObject({ refreshToken: token, scopes: [expect.stringContaining('calendar')] });
  });

  test('after the sign-in was revoked, the error says what to run', async () => {
    const { emulator, api } = await start();
    emulator.handle.revokeGrants(ME);
    const error = await errorOf(api.call(reading, list));
    expect(error).toBeInstanceOf(FinalError);
    expect(error.code).toBe('google_signed_out');
    expect(error.message).toMatch(/^Google no longer accepts .* run: lockstep auth google$/);
  });

  test('the library does not repeat a renewal', async () => {
    const { emulator, api } = await start();
    emulator.faults.add(when({ path: '^/token' }, { kind: 'status', status: 503 }));
    expect(await errorOf(api.call(writing, insert))).toMatchObject({ code: 'no_answer' });
    await api.call(writing, insert);
  });

  test('an unknown OAuth client is reported', async () => {
    const { emulator, grants } = await start();
    const connection = { ...connectionTo(emulator), clientSecret: 'wrong' };
    const error = await errorOf(new GoogleApi(connection, 'personal', grants).call(reading, list));
    expect(error).toMatchObject({ code: 'google_client' });
    expect(error.message).toContain('GOOGLE_CLIENT_SECRET');
  });
});

describe('failures', () => {
  const status = (code: number, reason = '', more = {}): FaultRule =>
    when({ path: '^/calendar/' }, { kind: 'status', status: code, reason, ...more });

  test.each<[string, FaultRule, new (...args: never[]) => LockstepError, object]>([
    [
      '403 rateLimitExceeded',
      status(403, 'rateLimitExceeded', { retryAfter: 7 }),
      RetryableError,
      { retryAfterMs: 7_000 },
    ],
    ['403 userRateLimitExceeded', status(403, 'userRateLimitExceeded'), RetryableError, { retryAfterMs: 10_000 }],
    ['429', status(429), RetryableError, { code: 'rate_limited' }],
    ['403 forbidden', status(403, 'forbidden'), FinalError, { code: 'calendar_forbidden' }],
    [
      '403 insufficientPermissions',
      status(403, 'insufficientPermissions'),
      FinalError,
      { code: 'google_scope_missing' },
    ],
    ['404', status(404, 'notFound'), FinalError, { code: 'calendar_not_found' }],
    ['410 fullSyncRequired', status(410, 'fullSyncRequired'), RetryableError, { code: 'full_sync_required' }],
    ['410 updatedMinTooLongAgo', status(410, 'updatedMinTooLongAgo'), RetryableError, { code: 'full_sync_required' }],
    ['503', status(503), RetryableError, { code: 'no_answer' }],
    [
      'a reset',
      when({ path: '^/calendar/' }, { kind: 'reset', afterCommit: false }),
      RetryableError,
      { code: 'no_answer' },
    ],
  ])('%s on a read', async (_, rule, kind, properties) => {
    const { emulator, api } = await start();
    emulator.faults.add(rule);
    const error = await errorOf(api.call(reading, list));
    expect(error).toBeInstanceOf(kind);
    expect(error).not.toBeInstanceOf(AmbiguousWriteError);
    expect(error).toMatchObject(properties);
    expect(api.requests).toBe(1);
  });

  test.each<[string, FaultRule['then']]>([
    ['503', { kind: 'status', status: 503, afterCommit: true }],
    ['500', { kind: 'status', status: 500 }],
    ['reset', { kind: 'reset', afterCommit: true }],
  ])('a write answered by a %s may have happened', async (_, fault) => {
    const { emulator, api } = await start();
    emulator.faults.add(when({ method: 'POST', path: '^/calendar/' }, fault));
    expect(await errorOf(api.call(writing, insert))).toBeInstanceOf(AmbiguousWriteError);
    expect(api.requests).toBe(1);
  });

  test('a write without an answer may have happened', async () => {
    const { emulator, api } = await start();
    emulator.faults.add(when({ method: 'POST', path: '^/calendar/' }, { kind: 'hang', afterCommit: true }));
    const impatient = (events: Events) =>
      events.insert({ calendarId: ME, requestBody: { ...lunch, id } }, { timeout: 200 });
    const error = await errorOf(api.call(writing, impatient));
    expect(error).toBeInstanceOf(AmbiguousWriteError);
    expect(error.message).toBe('the event: no answer within the time limit');
  });

  test('a refused connection means that nothing happened', async () => {
    const { emulator, grants } = await start();
    const gone = await emulate();
    await gone.close();
    const connection = { ...connectionTo(emulator), rootUrl: gone.url };
    const error = await errorOf(new GoogleApi(connection, 'personal', grants).call(writing, insert));
    expect(error).not.toBeInstanceOf(AmbiguousWriteError);
    expect(error).toMatchObject({ code: 'google_unreachable' });
  });

  test('errors about the state of one event are distinguished', async () => {
    const { emulator, api } = await start();
    const { etag } = await api.call(writing, insert);
    expect(isDuplicate(await errorOf(api.call(writing, insert)))).toBe(true);
    emulator.handle.editEvent(ME, id, { summary: 'Tea' });
    const conditional = { headers: { 'If-Match': etag ?? '' } };
    const stale = api.call(writing, (events) => events.patch({ ...target, requestBody: {} }, conditional));
    expect(isEventChanged(await errorOf(stale))).toBe(true);
    const remove = () => api.call(writing, (events) => events.delete(target));
    await remove();
    expect(isEventGone(await errorOf(remove()))).toBe(true);
    const unknown = api.call(writing, (events) => events.get({ ...target, eventId: 'nothere' }));
    expect(isEventGone(await errorOf(unknown))).toBe(true);
    const refused = api.call(writing, (events) => events.insert({ calendarId: ME, requestBody: { summary: 'When?' } }));
    expect(await errorOf(refused)).toBeInstanceOf(RecordError);
  });

  test('an expired sync token requires a full listing', async () => {
    const { emulator, api } = await start();
    const { nextSyncToken } = await api.call(reading, list);
    emulator.handle.expireSyncTokens(ME);
    const syncToken = nextSyncToken ?? '';
    const error = await errorOf(api.call(reading, (events) => events.list({ calendarId: ME, syncToken })));
    expect(isFullSyncRequired(error)).toBe(true);
  });

  test('a cancelled sync ends with the reason of its signal', async () => {
    const emulator = await emulate();
    const stop = new AbortController();
    const api = new GoogleApi(connectionTo(emulator), 'personal', signedIn(emulator), stop.signal);
    await api.call(reading, list);
    emulator.faults.add(when({ path: '^/calendar/' }, { kind: 'hang' }));
    const listing = api.call(reading, list);
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(listing).rejects.toBe(reason);
  });
});

describe('secrets', () => {
  const everything = (error: unknown) => inspect(error, { depth: 20, showHidden: true });
  const secretsOf = (grants: MemoryGrants, emulator: GoogleEmulator) =>
    [grants.grant.accessToken, grants.grant.refreshToken, emulator.clientSecret].filter((secret) => secret !== null);

  test('appear in no error', async () => {
    const { emulator, grants, api } = await start();
    await api.call(reading, list);
    const secrets = secretsOf(grants, emulator);
    expect(secrets).toHaveLength(3);
    const faults: FaultRule['then'][] = [
      { kind: 'status', status: 400 },
      { kind: 'status', status: 401 },
      { kind: 'status', status: 403 },
      { kind: 'status', status: 503 },
      { kind: 'reset', afterCommit: false },
    ];
    for (const fault of faults) {
      emulator.faults.clear();
      emulator.faults.add(when({}, fault, { times: 'always' }));
      const said = everything(await errorOf(api.call(writing, insert)));
      for (const secret of secrets) expect(said).not.toContain(secret);
    }
    emulator.faults.clear();
    emulator.handle.revokeGrants(ME);
    const said = everything(await errorOf(api.call(reading, list)));
    for (const secret of secrets) expect(said).not.toContain(secret);
  });
});
