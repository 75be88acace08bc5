import type { GoogleEmulatorOptions } from 'google-emulator';
import { describe, expect, test } from 'vitest';
import { emulate, ME, WORK, when } from '../../packages/google-emulator/test/support.ts';
import type { Channel } from '../../src/google/channel-store.ts';
import { Channels, type ChannelsOptions, isDue } from '../../src/google/channels.ts';
import type { ConfiguredCalendar } from '../../src/google/configured-calendars.ts';
import { GoogleApi } from '../../src/google/google-api.ts';
import { connectionTo, signedIn } from './support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-03-01T12:00:00Z');
const ADDRESS = 'https://lockstep.example/google';
const personal: ConfiguredCalendar = { name: 'personal', id: 'primary', account: 'personal' };
const work: ConfiguredCalendar = { name: 'work', id: WORK, account: 'personal' };
const NOTHING = { opened: [], problems: [] };
const { signal } = new AbortController();

/** Channels in memory, with their tokens in clear. */
class MemoryStore {
  channels: Channel[] = [];
  readonly tokens = new Map<string, string>();
  readonly list = async () => [...this.channels].reverse();
  readonly add = async (channel: Channel, token: string) => {
    this.channels.push(channel);
    this.tokens.set(channel.id, token);
  };
  readonly confirm: ChannelsOptions['store']['confirm'] = async (id, answer) => {
    this.channels = this.channels.map((channel) => (channel.id === id ? { ...channel, ...answer } : channel));
  };
  readonly remove = async (id: string) => {
    this.channels = this.channels.filter((channel) => channel.id !== id);
  };
}

async function start(options?: GoogleEmulatorOptions) {
  const clock = { now: START };
  const emulator = await emulate({ now: () => clock.now, ...options });
  const grants = signedIn(emulator);
  const store = new MemoryStore();
  const channelsTo = (address: string) =>
    new Channels({
      ...{ store, address },
      apiOf: (account, signal) => new GoogleApi(connectionTo(emulator), account, grants, signal),
      now: () => new Date(clock.now),
    });
  const tend = (calendars = [personal, work], address = ADDRESS) => channelsTo(address).renew(calendars, signal);
  const atGoogle = () => emulator.channels.list().map(({ id }) => id);
  const ours = () => store.channels.map(({ id }) => id);
  return { clock, emulator, grants, store, tend, atGoogle, ours };
}

describe('a channel is due', () => {
  const openedAt = new Date(START);
  const due = (lifeMs: number, leftMs: number) =>
    isDue({ openedAt, expiresAt: new Date(START + lifeMs) }, new Date(START + lifeMs - leftMs));

  test.each([
    ['a week, with one day left', 7 * DAY, DAY, false],
    ['a week, with less than a day left', 7 * DAY, DAY - 1, true],
    ['an hour, with a fifth left', HOUR, HOUR / 5, false],
    ['an hour, with less than a fifth left', HOUR, HOUR / 5 - 1, true],
    ['an expired channel', 7 * DAY, -1, true],
  ])('%s', (_, life, left, expected) => {
    expect(due(life, left)).toBe(expected);
  });
});

describe('renewing', () => {
  test('opens one channel per calendar, and then nothing', async () => {
    const { emulator, store, tend, atGoogle, ours } = await start();
    expect(await tend()).toEqual({
      opened: [
        'Google now reports changes in the personal calendar',
        'Google now reports changes in the work calendar',
      ],
      problems: [],
    });
    const expiresAt = new Date(START + 7 * DAY);
    expect(store.channels).toMatchObject([
      { account: 'personal', calendarId: 'primary', address: ADDRESS, resourceId: expect.any(String), expiresAt },
      { account: 'personal', calendarId: WORK, address: ADDRESS, resourceId: expect.any(String), expiresAt },
    ]);
    expect(emulator.channels.list()).toMatchObject(
      store.channels.map(({ id, resourceId }) => ({ id, resourceId, address: ADDRESS, token: store.tokens.get(id) })),
    );
    const before = atGoogle();
    expect(await tend()).toEqual(NOTHING);
    expect([atGoogle(), ours()]).toEqual([before, before]);
  });

  test('opens a replacement before a channel expires, and only then stops the old one', async () => {
    const { clock, emulator, store, tend, atGoogle, ours } = await start();
    await tend([personal]);
    const [first] = ours();
    clock.now += 6 * DAY;
    expect(await tend([personal])).toEqual(NOTHING);
    clock.now += 1;
    emulator.faults.add(when({ path: '/watch$' }, { kind: 'status', status: 403, reason: 'forbidden' }));
    expect((await tend([personal])).problems).toHaveLength(1);
    expect(atGoogle()).toEqual([first]);
    expect((await tend([personal])).opened).toHaveLength(1);
    expect(atGoogle()).not.toContain(first);
    expect(atGoogle()).toEqual(ours());
    expect(store.channels).toMatchObject([{ expiresAt: new Date(clock.now + 7 * DAY) }]);
  });

  test('uses the expiry that Google answers', async () => {
    const { clock, emulator, store, tend, ours } = await start();
    emulator.channels.configure({ maxSeconds: HOUR / 1000 });
    await tend([personal]);
    expect(store.channels).toMatchObject([{ expiresAt: new Date(START + HOUR) }]);
    const before = ours();
    clock.now += HOUR - HOUR / 5;
    await tend([personal]);
    expect(ours()).toEqual(before);
    clock.now += 1;
    await tend([personal]);
    expect(ours()).not.toEqual(before);
  });

  test('reports what Google refuses in one line, and continues with the other calendar', async () => {
    const { emulator, tend, atGoogle, ours } = await start();
    const reason = 'pushNotSupportedForRequestedResource';
    emulator.faults.add(when({ path: '/primary/.*watch$' }, { kind: 'status', status: 400, reason }));
    const line =
      /^Google does not report changes in the personal calendar: Google refused the request for the personal calendar: .+$/;
    expect(await tend()).toEqual({
      opened: ['Google now reports changes in the work calendar'],
      problems: [expect.stringMatching(line)],
    });
    expect(atGoogle()).toEqual(ours());
    expect(ours()).toHaveLength(1);
  });

  test.each([
    ['a calendar without access', 404, 'notFound', /check its id/],
    ['a scope that was not selected', 403, 'insufficientPermissions', /run: lockstep auth google/],
    ['an unverified domain', 401, 'push.webhookUrlUnauthorized', /verify the domain/],
    ['an address that is not https', 400, 'push.webhookUrlNotHttps', /Google refused/],
    ['too many requests', 403, 'rateLimitExceeded', /asks to wait/],
  ])('%s is reported, and nothing is stored', async (_, status, reason, line) => {
    const { emulator, store, tend } = await start();
    emulator.faults.add(when({ path: '/watch$' }, { kind: 'status', status, reason }, { times: 'always' }));
    expect(await tend([personal])).toEqual({ opened: [], problems: [expect.stringMatching(line)] });
    expect(store.channels).toEqual([]);
  });

  test('a revoked sign-in is reported, without any token', async () => {
    const { emulator, grants, tend } = await start();
    emulator.handle.revokeGrants(ME);
    const [line] = (await tend([personal])).problems;
    expect(line).toMatch(/run: lockstep auth google$/);
    expect(line).not.toContain(grants.grant.refreshToken);
  });

  test('a channel whose answer was lost is kept until it must have expired, and another is opened', async () => {
    const { clock, emulator, store, tend, atGoogle, ours } = await start();
    emulator.faults.add(when({ path: '/watch$' }, { kind: 'reset', afterCommit: true }));
    expect(await tend([personal])).toMatchObject({ problems: [expect.stringContaining('the connection broke')] });
    expect(store.channels).toMatchObject([{ resourceId: null, expiresAt: new Date(START + 7 * DAY) }]);
    const [lost] = ours();
    await tend([personal]);
    expect(ours()).toEqual([lost, expect.any(String)]);
    expect(atGoogle()).toEqual(ours());
    clock.now += 7 * DAY;
    await tend([personal]);
    expect(ours()).not.toContain(lost);
    expect(ours()).toHaveLength(1);
  });

  test('a new address gets a new channel', async () => {
    const { emulator, tend, atGoogle, ours } = await start();
    await tend([personal]);
    const elsewhere = 'https://elsewhere.example/google';
    await tend([personal], elsewhere);
    expect(emulator.channels.list()).toMatchObject([{ address: elsewhere }]);
    expect(atGoogle()).toEqual(ours());
  });

  test('stops the channel of a calendar that is no longer synced', async () => {
    const { tend, atGoogle, ours } = await start();
    await tend();
    const [first] = ours();
    await tend([personal]);
    expect([atGoogle(), ours()]).toEqual([[first], [first]]);
  });

  test('a failed stop is repeated later; a channel that Google does not know is removed', async () => {
    const { emulator, tend, atGoogle, ours } = await start();
    await tend();
    const both = ours();
    const stopping = { path: '/channels/stop$' };
    emulator.faults.add(when(stopping, { kind: 'status', status: 503 }));
    expect(await tend([personal])).toEqual(NOTHING);
    expect([atGoogle(), ours()]).toEqual([both, both]);
    emulator.faults.add(when(stopping, { kind: 'reset', afterCommit: true }));
    expect(await tend([personal])).toEqual(NOTHING);
    expect(atGoogle()).toHaveLength(1);
    expect(ours()).toEqual(both);
    expect(await tend([personal])).toEqual(NOTHING);
    expect(ours()).toEqual(atGoogle());
  });

  test('tokens are long and unique', async () => {
    const { store, tend } = await start();
    await tend();
    const tokens = [...store.tokens.values()];
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  });
});
