import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startGoogleEmulator } from '../src/index.ts';
import { clientOf, emulate, failureOf, lunch, ME, when } from './support.ts';

const id = 'abcdef0123456789';
const insertOne = { calendarId: 'primary', requestBody: { ...lunch, id } };

describe('sign-in', () => {
  test('an unknown or expired access token is 401', async () => {
    let now = Date.parse('2026-03-01T00:00:00Z');
    const emulator = await emulate({ now: () => now });
    const { events, client } = clientOf(emulator);
    await events.list({ calendarId: ME });
    now += 3_600_000;
    expect(await failureOf(events.list({ calendarId: ME }))).toMatchObject({ status: 401, reason: 'authError' });
    await client.refreshAccessToken();
    await events.list({ calendarId: ME });
    emulator.handle.expireAccessTokens();
    expect(await failureOf(events.list({ calendarId: ME }))).toMatchObject({ status: 401 });
  });

  test('a revoked grant is invalid_grant', async () => {
    const emulator = await emulate();
    const { client } = clientOf(emulator);
    await client.refreshAccessToken();
    emulator.handle.revokeGrants(ME);
    expect(await failureOf(client.refreshAccessToken())).toMatchObject({ status: 400, reason: 'invalid_grant' });
  });

  test('rotation revokes the old refresh token', async () => {
    const { client } = clientOf(await emulate({ rotateRefreshTokens: true }));
    const old = client.credentials.refresh_token ?? null;
    let rotated: string | null | undefined;
    client.on('tokens', (tokens) => {
      rotated = tokens.refresh_token;
    });
    await client.refreshAccessToken();
    client.setCredentials({ refresh_token: old });
    expect(await failureOf(client.refreshAccessToken())).toMatchObject({ reason: 'invalid_grant' });
    client.setCredentials({ refresh_token: rotated ?? null });
    await client.refreshAccessToken();
  });
});

describe('quotas', () => {
  test('limit requests in any 60 seconds, per user and in total', async () => {
    let now = 0;
    const emulator = await emulate({ now: () => now, quota: { perMinute: 3, perMinutePerUser: 2 } });
    const list = (user: string) => clientOf(emulator, { user }).events.list({ calendarId: 'primary' });
    await list(ME);
    await list(ME);
    expect(await failureOf(list(ME))).toMatchObject({ status: 403, reason: 'userRateLimitExceeded' });
    await list('work@example.com');
    expect(await failureOf(list('work@example.com'))).toMatchObject({ status: 403, reason: 'rateLimitExceeded' });
    now = 60_000;
    await list(ME);
  });
});

describe('faults', () => {
  test('happen before or after the commit', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    emulator.faults.add(when({ method: 'POST', path: '/events$' }, { kind: 'status', status: 503 }));
    expect(await failureOf(events.insert(insertOne))).toMatchObject({ status: 503, reason: 'backendError' });
    expect(emulator.handle.events(ME)).toEqual([]);
    emulator.faults.add(when({ method: 'POST', path: '/events$' }, { kind: 'reset', afterCommit: true }));
    await expect(events.insert(insertOne)).rejects.toThrow();
    expect(emulator.handle.events(ME)).toHaveLength(1);
    expect(await failureOf(events.insert(insertOne))).toMatchObject({ status: 409 });
    expect(emulator.handle.traffic()[ME]).toEqual({ reads: 0, inserts: 1, updates: 0, deletes: 0 });
  });

  test('have skip, times, a reason and Retry-After', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const refused = { kind: 'status', status: 403, reason: 'rateLimitExceeded', retryAfter: 7 } as const;
    emulator.faults.add(when({ path: '/events' }, refused, { skip: 1, times: 2 }));
    const outcomes = [];
    for (let n = 0; n < 4; n += 1) {
      const list = events.list({ calendarId: ME });
      outcomes.push(
        await list.then(
          () => 'ok',
          (error) => error.response.headers.get('retry-after'),
        ),
      );
    }
    expect(outcomes).toEqual(['ok', '7', '7', 'ok']);
  });

  test('with a seed fail the same requests on every run', async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const run = async () => {
      emulator.faults.clear();
      const chance = { times: 'always', probability: 0.5, seed: 42 } as const;
      emulator.faults.add(when({ method: 'GET' }, { kind: 'status', status: 500 }, chance));
      const struck = [];
      for (let n = 0; n < 12; n += 1)
        struck.push(
          await events.list({ calendarId: ME }).then(
            () => 0,
            () => 1,
          ),
        );
      return struck.join('');
    };
    const first = await run();
    expect(first).toMatch(/01|10/);
    expect(await run()).toBe(first);
  });

  test("a request that hangs ends at the client's timeout", async () => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    emulator.faults.add(when({ method: 'POST', path: '/events$' }, { kind: 'hang', afterCommit: true }));
    await expect(events.insert(insertOne, { timeout: 300 })).rejects.toThrow();
    expect(emulator.handle.events(ME)).toHaveLength(1);
  });
});

describe('from another process', () => {
  test('the control API does what the handle does', async () => {
    const emulator = await emulate();
    const act = async (action: string, body: object) => {
      const answer = await fetch(`${emulator.url}_emulator/${action}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    await act('createEvent', { calendarId: ME, event: { ...lunch, id } });
    await act('editEvent', { calendarId: ME, id, event: { summary: 'Dinner' } });
    expect((await act('events', { calendarId: ME })).body).toMatchObject({ items: [{ id, summary: 'Dinner' }] });
    await act('deleteEvent', { calendarId: ME, id });
    expect(emulator.handle.event(ME, id)?.status).toBe('cancelled');
    await act('addFault', when({ path: '^/calendar/' }, { kind: 'status', status: 500 }));
    const { events } = clientOf(emulator);
    expect(await failureOf(events.list({ calendarId: ME }))).toMatchObject({ status: 500 });
    expect((await act('deleteEvent', { calendarId: ME })).status).toBe(400);
    expect((await act('unheardOf', {})).status).toBe(400);
  });
});

test('the data file restores everything except an incomplete last line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'google-emulator-'));
  const dataFile = join(folder, 'data', 'google.jsonl');
  try {
    const before = await startGoogleEmulator({ dataFile });
    const { events } = clientOf(before);
    const refreshToken = before.handle.grant(ME, ['https://www.googleapis.com/auth/calendar.events']);
    await events.insert(insertOne);
    await events.patch({ calendarId: ME, eventId: id, requestBody: { summary: 'Dinner' } });
    const syncToken = (await events.list({ calendarId: ME })).data.nextSyncToken ?? '';
    const kept = before.handle.event(ME, id);
    await before.close();
    appendFileSync(dataFile, '{"table":"events","key":"me@exam');

    const after = await emulate({ dataFile });
    expect(after.handle.event(ME, id)).toEqual(kept);
    expect(readFileSync(dataFile, 'utf8').match(/"table":"events"/g)).toHaveLength(1);
    after.handle.deleteEvent(ME, id);
    const again = clientOf(after);
    again.client.setCredentials({ refresh_token: refreshToken });
    const { data } = await again.events.list({ calendarId: ME, syncToken });
    expect(data.items).toMatchObject([{ id, status: 'cancelled' }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
