import { randomUUID } from 'node:crypto';
import { auth, calendar } from '@googleapis/calendar';
import fc from 'fast-check';
import { startGoogleEmulator } from 'google-emulator';
import { describe, expect, it } from 'vitest';
import { googleDescription } from './google/description.ts';
import { afterwards, droppedFrom, mutationsOf, recorded } from './support.ts';

const description = googleDescription();
const USED = [
  ...['list', 'get', 'insert', 'patch', 'delete', 'watch'].map((name) => `calendar.events.${name}`),
  'calendar.channels.stop',
];
/** Fields that every answer with an event contains. */
const OF_AN_EVENT = ['kind', 'etag', 'id', 'status', 'created', 'updated', 'start', 'end', 'iCalUID', 'sequence'];
const OF_A_CHANNEL = ['kind', 'id', 'resourceId', 'resourceUri', 'expiration'];
const OF_A_LIST = ['kind', 'etag', 'summary', 'updated', 'timeZone', 'accessRole', 'items', 'nextSyncToken'];
const KEYS_OF: Readonly<Record<string, readonly string[]>> = {
  'calendar.events.list': OF_A_LIST,
  'calendar.events.watch': OF_A_CHANNEL,
};

/** The requests of the product, and the other operations of the emulator. */
async function conversation() {
  const emulator = await startGoogleEmulator({ pageSize: 2 });
  afterwards(() => emulator.close());
  const proxy = await recorded(emulator.url, description);
  const client = new auth.OAuth2({
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    endpoints: { oauth2TokenUrl: emulator.tokenUrl },
  });
  const scope = 'https://www.googleapis.com/auth/calendar.events';
  client.setCredentials({ refresh_token: emulator.handle.grant('me@example.com', [scope]) });
  const { events, channels } = calendar({ version: 'v3', auth: client, rootUrl: `${proxy.url}/`, retry: false });
  const calendarId = 'primary';

  const ids = ['first', 'second', 'third'].map((name) => Buffer.from(name).toString('hex'));
  for (const [at, id] of ids.entries()) {
    const times = at % 2 ? { date: '2026-03-01' } : { dateTime: '2026-03-01T12:00:00Z', timeZone: 'Europe/Madrid' };
    const extendedProperties = { private: { lockstep_row_id: id } };
    const requestBody = {
      id,
      start: times,
      end: at % 2 ? { date: '2026-03-02' } : times,
      summary: 'x',
      extendedProperties,
    };
    await events.insert({ calendarId, requestBody });
  }
  const { data: listed } = await events.list({ calendarId, maxResults: 250 });
  const { data: rest } = await events.list({ calendarId, maxResults: 250, pageToken: listed.nextPageToken ?? '' });
  const [eventId = '', other = ''] = ids;
  const { data: event } = await events.get({ calendarId, eventId });
  const cleared = { dateTime: null, timeZone: null };
  await events.patch(
    {
      calendarId,
      eventId,
      requestBody: {
        start: { date: '2026-03-05', ...cleared },
        end: { date: '2026-03-06', ...cleared },
        description: null,
      },
    },
    { headers: { 'If-Match': event.etag ?? '' } },
  );
  await events.update({
    calendarId,
    eventId,
    requestBody: { start: { date: '2026-03-07' }, end: { date: '2026-03-08' } },
  });
  await events.delete({ calendarId, eventId: other });
  await events.get({ calendarId, eventId: other });
  await events.list({ calendarId, maxResults: 250, syncToken: rest.nextSyncToken ?? '' });
  const channel = { id: randomUUID(), type: 'web_hook', address: 'https://lockstep.example/google', token: 'x' };
  const { data: watched } = await events.watch({ calendarId, requestBody: { ...channel, params: { ttl: '604800' } } });
  const stopped = { id: channel.id, resourceId: watched.resourceId ?? '' };
  await channels.stop({ requestBody: stopped });
  const refusals = [
    events.watch({ calendarId, requestBody: channel }),
    channels.stop({ requestBody: stopped }),
    events.delete({ calendarId, eventId: other }),
    events.get({ calendarId, eventId: 'unheardof' }),
    events.patch({ calendarId, eventId, requestBody: {} }, { headers: { 'If-Match': '"old"' } }),
  ];
  for (const refusal of refusals) await expect(refusal).rejects.toThrow();
  return proxy;
}

describe('Google Calendar, by its OpenAPI description', () => {
  it('the emulator’s answers and the product’s requests conform', { timeout: 60_000 }, async () => {
    const { exercised } = await conversation();
    expect([...exercised]).toEqual(expect.arrayContaining(USED));
  });

  it('detects a wrong type, an unknown key and a missing key', { timeout: 60_000 }, async () => {
    const { exchanges } = await conversation();
    const wrong = exchanges.flatMap((exchange) => {
      const { answer, requestBody, operation } = exchange;
      const answered: unknown = answer.body === '' ? undefined : JSON.parse(answer.body);
      const keys = KEYS_OF[operation] ?? OF_AN_EVENT;
      const isWhole = answer.status === 200 && !answer.body.includes('cancelled') && !answer.body.includes('nextPage');
      return [
        ...(answered ? [...mutationsOf(answered), ...droppedFrom(answered, isWhole ? keys : [])] : []).map((wrong) => ({
          what: `${operation}, answer ${answer.status}: ${wrong.what}`,
          exchange: { ...exchange, answer: { ...answer, body: JSON.stringify(wrong.mutated) } },
        })),
        ...(requestBody === '' ? [] : mutationsOf(JSON.parse(requestBody))).map(({ what, mutated }) => ({
          what: `${operation}, request: ${what}`,
          exchange: { ...exchange, requestBody: JSON.stringify(mutated) },
        })),
      ];
    });
    fc.assert(
      fc.property(fc.constantFrom(...wrong), ({ what, exchange }) => {
        if (description.judge(exchange).problems.length === 0) throw new Error(`${what}: not noticed`);
      }),
      { numRuns: 2000 },
    );
  });

  it('checks the types of parameters', () => {
    const list = (query: string) =>
      description.judge({
        method: 'GET',
        url: `/calendar/v3/calendars/primary/events${query}`,
        requestBody: '',
        answer: null,
      }).problems;
    expect(list('?maxResults=250&showDeleted=true&privateExtendedProperty=a%3Db')).toEqual([]);
    expect(list('?maxResults=many')).toHaveLength(1);
    expect(list('?showDeleted=maybe')).toHaveLength(1);
    expect(list('?orderBy=end')).toHaveLength(1);
    expect(list('?everything=true')).toHaveLength(1);
  });

  it('requires a valid id and both times in an insert', () => {
    const time = { date: '2026-03-01' };
    const insert = (body: object) =>
      description.judge({
        method: 'POST',
        url: '/calendar/v3/calendars/primary/events',
        requestBody: JSON.stringify(body),
        answer: null,
      }).problems;
    expect(insert({ id: '0123abcv', start: time, end: time })).toEqual([]);
    expect(insert({ id: 'with-dashes', start: time, end: time })).toHaveLength(1);
    expect(insert({ start: time })).toHaveLength(1);
    expect(insert({ start: time, end: { ...time, dateTime: null } })).toHaveLength(1);
  });

  it('requires id, type and address of a channel, and both its ids to stop it', () => {
    const post = (url: string, body: object) =>
      description.judge({ method: 'POST', url, requestBody: JSON.stringify(body), answer: null }).problems;
    const watch = (body: object) => post('/calendar/v3/calendars/primary/events/watch', body);
    const channel = { id: randomUUID(), type: 'web_hook', address: 'https://lockstep.example/google' };
    expect(watch({ ...channel, token: 'x', params: { ttl: '60' } })).toEqual([]);
    for (const wrong of [{ id: 'a b' }, { id: 'a'.repeat(65) }, { type: 'email' }, { address: undefined }])
      expect(watch({ ...channel, ...wrong })).toHaveLength(1);
    expect(watch({ ...channel, token: 'x'.repeat(257) })).toHaveLength(1);
    expect(watch({ ...channel, params: { ttl: 'a week' } })).toHaveLength(1);
    expect(watch({ ...channel, params: { size: '1' } })).toHaveLength(1);
    const stop = (body: object) => post('/calendar/v3/channels/stop', body);
    expect(stop({ id: channel.id, resourceId: 'x' })).toEqual([]);
    expect(stop({ id: channel.id })).toHaveLength(1);
  });
});
