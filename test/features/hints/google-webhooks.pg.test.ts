import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Hint } from '../../../src/cycle/messages.ts';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { startWebhookServer } from '../../../src/features/hints/webhook-server.ts';
import { ChannelStore } from '../../../src/google/channel-store.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const TOKEN = 'token of the channel';
const REFUSED = { status: 401, said: 'unknown channel\n' };

describe('Google notifications', () => {
  let home: TestDatabase;
  let database: DatabasePool;
  let store: ChannelStore;
  let server: HttpService;
  let id: string;
  let given: { entity: string; hint: Hint }[];
  let said: string[];
  let isTemporalThere: boolean;

  beforeAll(async () => {
    home = await freshDatabase();
    database = openDatabase(home.url, 2);
    store = new ChannelStore(database);
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });
  beforeEach(async () => {
    [given, said, isTemporalThere, id] = [[], [], true, randomUUID()];
    await store.forgetAll();
    await store.add(channel(id), TOKEN);
    server = await startWebhookServer({
      ...{ database, host: '127.0.0.1', port: 0, ownId: () => null },
      token: new WebhookToken(database, randomBytes(32).toString('base64')),
      giveHint: async (entity, hint) => {
        if (!isTemporalThere) throw new Error('connect ECONNREFUSED');
        given.push({ entity, hint });
      },
      say: (line) => said.push(line),
    });
  });
  afterEach(() => server.stop());

  const channel = (id: string) => ({
    id,
    account: 'personal' as const,
    calendarId: 'primary',
    address: 'https://lockstep.example/google',
    // Google may speak before it answers.
    resourceId: null,
    openedAt: new Date(),
    expiresAt: new Date(Date.now() + 1000),
  });
  const headersOf = (state: string) => ({
    'x-goog-channel-id': id,
    'x-goog-channel-token': TOKEN,
    'x-goog-channel-expiration': new Date().toUTCString(),
    'x-goog-resource-id': 'resource',
    'x-goog-resource-state': state,
    'x-goog-message-number': '10',
  });
  const post = async (headers: Record<string, string>, body?: string) => {
    const answer = await fetch(`${server.url}/google`, {
      method: 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, said: await answer.text() };
  };

  test('a change gives a hint, and the first notification does not', async () => {
    expect(await post(headersOf('sync'))).toMatchObject({ status: 200 });
    expect(given).toEqual([]);
    expect(await post(headersOf('exists'))).toMatchObject({ status: 200 });
    expect(given).toEqual([{ entity: 'calendar_events', hint: { kind: 'changed' } }]);
  });

  test('many at once give one hint, and later ones another', async () => {
    const many = () => Promise.all(Array.from({ length: 20 }, () => post(headersOf('exists'))));
    expect((await many()).map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(given.length).toBeLessThan(20);
    const before = given.length;
    await post(headersOf('exists'));
    expect(given).toHaveLength(before + 1);
  });

  test.each(['x-goog-channel-id', 'x-goog-channel-token', 'x-goog-resource-state'])(
    'without %s it is refused',
    async (name) => {
      const { [name]: _, ...headers }: Record<string, string> = headersOf('exists');
      expect(await post(headers)).toEqual(REFUSED);
      expect(given).toEqual([]);
    },
  );

  test.each([
    ['an unknown channel', { 'x-goog-channel-id': randomUUID() }],
    ['a channel whose id is no UUID', { 'x-goog-channel-id': "'; DROP TABLE tasks; --" }],
    ['no id', { 'x-goog-channel-id': '' }],
    ['a wrong token', { 'x-goog-channel-token': 'token of another' }],
    ['no token', { 'x-goog-channel-token': '' }],
    ['a token that goes on', { 'x-goog-channel-token': `${TOKEN}, ${TOKEN}` }],
    ['letters of another alphabet', { 'x-goog-channel-token': 'tøken of the channel' }],
  ])('%s is refused without details', async (_, different) => {
    expect(await post({ ...headersOf('exists'), ...different })).toEqual(REFUSED);
    expect(await post({ ...headersOf('sync'), ...different })).toEqual(REFUSED);
    expect(given).toEqual([]);
    expect(said).toEqual([]);
  });

  test('a token is valid for its own channel only', async () => {
    const other = randomUUID();
    await store.add(channel(other), 'token of another');
    expect(await post({ ...headersOf('exists'), 'x-goog-channel-id': other })).toEqual(REFUSED);
    expect(
      await post({ ...headersOf('exists'), 'x-goog-channel-id': other, 'x-goog-channel-token': 'token of another' }),
    ).toMatchObject({ status: 200 });
  });

  test('a body is ignored, and must not be too large', async () => {
    expect(await post(headersOf('exists'), '{"id":')).toMatchObject({ status: 200 });
    expect(await post(headersOf('exists'), 'x'.repeat(1_000_001))).toMatchObject({ status: 413 });
    expect(given).toHaveLength(1);
  });

  test('must be a POST', async () => {
    const answer = await fetch(`${server.url}/google`, { headers: headersOf('exists') });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  test('answers 503 while Temporal is unavailable', async () => {
    isTemporalThere = false;
    expect(await post(headersOf('exists'))).toMatchObject({ status: 503 });
    isTemporalThere = true;
    expect(await post(headersOf('exists'))).toMatchObject({ status: 200 });
  });

  test('no token is stored in the database or logged', async () => {
    await post({ ...headersOf('exists'), 'x-goog-channel-token': 'guess' });
    const [row] = await database.query<{ text: string }>(sql`SELECT push_channels::text AS text FROM push_channels`);
    expect(row?.text).toContain(id);
    for (const form of ['utf8', 'base64', 'hex'] as const)
      expect(row?.text).not.toContain(Buffer.from(TOKEN).toString(form));
    expect(said.join()).not.toMatch(/guess|token of/);
  });
});
