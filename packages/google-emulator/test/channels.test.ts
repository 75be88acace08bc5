import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Receiver, receive, statesOf } from './receiver.ts';
import { clientOf, emulate, failureOf, lunch, ME, WORK, when } from './support.ts';

const READING = { scopes: ['https://www.googleapis.com/auth/calendar.events.readonly'] };
const WEEK_MS = 604_800_000;
const SOON = { timeout: 60_000, interval: 10 };
const channelTo = ({ url }: Pick<Receiver, 'url'>, different: object = {}) => ({
  id: randomUUID(),
  type: 'web_hook',
  address: url,
  token: 'secret of the channel',
  ...different,
});
const nowhere = { url: 'https://client.example/google' };

describe('events.watch', () => {
  test('returns the channel and sends a sync message', async () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    const receiver = await receive();
    const { events } = clientOf(await emulate({ now: () => now }), READING);
    const requestBody = channelTo(receiver);
    const { data } = await events.watch({ calendarId: 'primary', requestBody });
    expect(data).toEqual({
      kind: 'api#channel',
      id: requestBody.id,
      token: requestBody.token,
      resourceId: expect.stringMatching(/^[\w-]+$/),
      resourceUri: expect.stringContaining('/calendars/me%40example.com/events'),
      expiration: String(now + WEEK_MS),
    });
    await expect.poll(() => receiver.received, SOON).toHaveLength(1);
    expect(receiver.received[0]).toMatchObject({
      'content-length': '0',
      'x-goog-channel-id': requestBody.id,
      'x-goog-channel-token': requestBody.token,
      'x-goog-channel-expiration': 'Sun, 08 Mar 2026 12:00:00 GMT',
      'x-goog-resource-id': data.resourceId,
      'x-goog-resource-state': 'sync',
      'x-goog-message-number': '1',
    });
  });

  test.each([
    ['no id', { id: undefined }, 'invalid'],
    ['an id with other characters', { id: 'a b' }, 'invalid'],
    ['an id that is too long', { id: 'a'.repeat(65) }, 'invalid'],
    ['no type', { type: undefined }, 'invalid'],
    ['another type', { type: 'email' }, 'invalid'],
    ['no address', { address: undefined }, 'invalid'],
    ['an address that is not a URL', { address: 'here' }, 'push.webhookUrlNotHttps'],
    ['http to another machine', { address: 'http://client.example/' }, 'push.webhookUrlNotHttps'],
    ['another scheme', { address: 'ftp://127.0.0.1/' }, 'push.webhookUrlNotHttps'],
    ['a token that is too long', { token: 'x'.repeat(257) }, 'invalid'],
    ['a token that cannot be a header', { token: 'two\nlines' }, 'invalid'],
    ['a time to live that is not a number', { params: { ttl: 'a week' } }, 'invalid'],
    ['a time to live of zero', { params: { ttl: '0' } }, 'invalid'],
    ['another parameter', { params: { size: '1' } }, 'invalid'],
    ['an expiration in the past', { expiration: '1000' }, 'invalid'],
    ['an unknown field', { adress: 'x' }, 'invalid'],
  ])('%s is refused', async (_, different, reason) => {
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    const watching = events.watch({ calendarId: 'primary', requestBody: channelTo(nowhere, different) });
    expect(await failureOf(watching)).toMatchObject({ status: 400, reason });
    expect(emulator.channels.list()).toEqual([]);
  });

  test('an id can be used once, even when its channel was stopped', async () => {
    const { events, channels } = clientOf(await emulate());
    const requestBody = channelTo(nowhere);
    const watch = () => events.watch({ calendarId: 'primary', requestBody });
    const { data } = await watch();
    expect(await failureOf(watch())).toMatchObject({ status: 400, reason: 'channelIdNotUnique' });
    await channels.stop({ requestBody: { id: requestBody.id, resourceId: data.resourceId ?? '' } });
    expect(await failureOf(watch())).toMatchObject({ status: 400, reason: 'channelIdNotUnique' });
  });

  test('limits the lifetime to a week, and accepts a shorter one', async () => {
    const now = 1_000_000;
    const { events } = clientOf(await emulate({ now: () => now }));
    const end = async (different: object) =>
      Number((await events.watch({ calendarId: ME, requestBody: channelTo(nowhere, different) })).data.expiration);
    expect(await end({ params: { ttl: '60' } })).toBe(now + 60_000);
    expect(await end({ params: { ttl: '99999999' } })).toBe(now + WEEK_MS);
    expect(await end({ expiration: String(now + 5) })).toBe(now + 5);
  });

  test('needs read access to the calendar and a calendar scope', async () => {
    const emulator = await emulate();
    const watch = (calendarId: string, user?: { user?: string; scopes?: string[] }) =>
      clientOf(emulator, user).events.watch({ calendarId, requestBody: channelTo(nowhere) });
    await watch(WORK, READING);
    expect(await failureOf(watch(ME, { user: WORK }))).toMatchObject({ status: 404 });
    expect(await failureOf(watch(ME, { scopes: ['openid'] }))).toMatchObject({ status: 403 });
  });
});

describe('notifications', () => {
  test('are sent for every change to an event of the watched calendar', async () => {
    const receiver = await receive();
    const emulator = await emulate();
    const { events } = clientOf(emulator);
    await events.watch({ calendarId: 'primary', requestBody: channelTo(receiver) });
    await expect.poll(() => receiver.received, SOON).toHaveLength(1);
    const { data } = await events.insert({ calendarId: ME, requestBody: lunch });
    const { id: eventId } = emulator.handle.createEvent(ME, lunch);
    emulator.handle.createEvent(WORK, lunch);
    emulator.handle.editEvent(ME, eventId, { summary: 'Brunch' });
    await events.delete({ calendarId: ME, eventId: data.id ?? '' });
    await expect.poll(() => receiver.received, SOON).toHaveLength(5);
    expect(statesOf(receiver)).toEqual(['sync', 'exists', 'exists', 'exists', 'exists']);
    const numbers = receiver.received.map((headers) => Number(headers['x-goog-message-number']));
    expect(new Set(numbers).size).toBe(5);
    await events.get({ calendarId: ME, eventId });
    expect(receiver.received).toHaveLength(5);
  });

  test('are retried after a temporary failure, but not after a refusal', async () => {
    const receiver = await receive();
    const emulator = await emulate();
    emulator.channels.configure({ retryMs: 1 });
    await clientOf(emulator).events.watch({ calendarId: ME, requestBody: channelTo(receiver) });
    await expect.poll(() => emulator.channels.answers, SOON).toEqual([200]);
    receiver.answers.push(503, 500, 200, 404);
    emulator.handle.createEvent(ME, lunch);
    await expect.poll(() => emulator.channels.answers, SOON).toEqual([200, 503, 500, 200]);
    emulator.handle.createEvent(ME, lunch);
    await expect.poll(() => emulator.channels.answers, SOON).toEqual([200, 503, 500, 200, 404]);
    emulator.handle.createEvent(ME, lunch);
    await expect.poll(() => emulator.channels.answers, SOON).toEqual([200, 503, 500, 200, 404, 200]);
  });

  test('stop when the channel ends', async () => {
    let now = 0;
    const receiver = await receive();
    const emulator = await emulate({ now: () => now });
    const { events, channels } = clientOf(emulator);
    const stopped = await events.watch({ calendarId: ME, requestBody: channelTo(receiver) });
    await events.watch({ calendarId: ME, requestBody: channelTo(receiver, { params: { ttl: '60' } }) });
    const lasting = channelTo(receiver);
    await events.watch({ calendarId: ME, requestBody: lasting });
    await expect.poll(() => receiver.received, SOON).toHaveLength(3);
    const { id, resourceId } = stopped.data;
    expect(await channels.stop({ requestBody: { id: id ?? '', resourceId: resourceId ?? '' } })).toMatchObject({
      status: 204,
    });
    now = 60_000;
    emulator.handle.createEvent(ME, lunch);
    await expect.poll(() => receiver.received, SOON).toHaveLength(4);
    expect(receiver.received[3]).toMatchObject({ 'x-goog-channel-id': lasting.id });
    expect(emulator.channels.list()).toHaveLength(1);
  });
});

describe('channels.stop', () => {
  test("needs both ids of one's own channel", async () => {
    const emulator = await emulate();
    const { events, channels } = clientOf(emulator, READING);
    const { data } = await events.watch({ calendarId: WORK, requestBody: channelTo(nowhere) });
    const own = { id: data.id ?? '', resourceId: data.resourceId ?? '' };
    const gone = { status: 404, reason: 'notFound' };
    expect(await failureOf(channels.stop({ requestBody: { ...own, resourceId: 'x' } }))).toMatchObject(gone);
    expect(await failureOf(channels.stop({ requestBody: { ...own, id: 'x' } }))).toMatchObject(gone);
    const stranger = clientOf(emulator, { user: WORK });
    expect(await failureOf(stranger.channels.stop({ requestBody: own }))).toMatchObject(gone);
    expect(await failureOf(channels.stop({ requestBody: { id: own.id } }))).toMatchObject({ status: 400 });
    await channels.stop({ requestBody: own });
    expect(await failureOf(channels.stop({ requestBody: own }))).toMatchObject(gone);
  });

  test('a fault can answer as Google does for calendars without notifications', async () => {
    const emulator = await emulate();
    const reason = 'pushNotSupportedForRequestedResource';
    emulator.faults.add(when({ path: '/watch$' }, { kind: 'status', status: 400, reason }));
    const watching = clientOf(emulator).events.watch({ calendarId: ME, requestBody: channelTo(nowhere) });
    expect(await failureOf(watching)).toMatchObject({ status: 400, reason });
  });
});
