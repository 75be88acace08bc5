import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { signWebhookPayload } from '@notionhq/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Hint } from '../../../src/cycle/messages.ts';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { startWebhookServer } from '../../../src/features/hints/webhook-server.ts';
import { receivesWebhooks, WebhookToken } from '../../../src/runtime/webhook-token.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const TOKEN = 'secret_of_the_test';
const OWN = randomUUID();
const PERSON = randomUUID();
const TASKS = randomUUID();

describe('the webhook server', () => {
  let home: TestDatabase;
  let database: DatabasePool;
  let token: WebhookToken;
  let server: HttpService;
  let given: { entity: string; hint: Hint }[];
  let said: string[];
  let isTemporalThere: boolean;

  beforeAll(async () => {
    home = await freshDatabase();
    database = openDatabase(home.url, 2);
    token = new WebhookToken(database, randomBytes(32).toString('base64'));
    await database.execute(
      sql`INSERT INTO sync_sources (entity, configured_id, data_source_id, properties) VALUES ('tasks', 'x', ${TASKS}, '{}')`,
    );
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });
  beforeEach(async () => {
    [given, said, isTemporalThere] = [[], [], true];
    await token.acceptNew();
    server = await startWebhookServer({
      ...{ database, token, host: '127.0.0.1', port: 0 },
      ownId: () => OWN,
      giveHint: async (entity, hint) => {
        if (!isTemporalThere) throw new Error('connect ECONNREFUSED');
        given.push({ entity, hint });
      },
      say: (line) => said.push(line),
    });
  });
  afterEach(() => server.stop());

  const post = (body: string, headers: Record<string, string> = {}, path = '/notion') =>
    fetch(server.url + path, { method: 'POST', headers, body });
  const handshake = (verificationToken: string) => post(JSON.stringify({ verification_token: verificationToken }));
  const signed = async (body: string) =>
    post(body, { 'x-notion-signature': await signWebhookPayload({ body, verificationToken: TOKEN }) });
  const event = (different: object = {}) => ({
    id: randomUUID(),
    timestamp: '2026-11-24T12:00:00.000Z',
    authors: [{ id: PERSON, type: 'person' }],
    attempt_number: 1,
    type: 'page.properties_updated',
    entity: { id: randomUUID(), type: 'page' },
    data: { parent: { id: randomUUID(), type: 'database', data_source_id: TASKS }, updated_properties: ['title'] },
    ...different,
  });
  const tell = (different?: object) => signed(JSON.stringify(event(different)));

  test('saves the first verification token, encrypted, and never logs it', async () => {
    expect((await handshake(TOKEN)).status).toBe(200);
    expect(await token.load()).toBe(TOKEN);
    const [row] = await database.query(sql`SELECT * FROM oauth_tokens`);
    expect(JSON.stringify(row)).not.toContain(TOKEN);
    expect(said.join()).not.toContain(TOKEN);
    expect((await handshake(TOKEN)).status).toBe(200);
    expect((await handshake('secret_of_somebody_else')).status).toBe(409);
    expect(await token.load()).toBe(TOKEN);
  });

  test('accepts a token only for 15 minutes after the owner asked for it', async () => {
    const close = sql`UPDATE oauth_tokens SET expires_at = now() - interval '1 second'`;
    await database.execute(close);
    expect((await handshake('secret_of_somebody_else')).status).toBe(409);
    await database.execute(sql`DELETE FROM oauth_tokens`);
    expect((await handshake('secret_of_somebody_else')).status).toBe(409);
    expect(await token.load()).toBeNull();
    await token.acceptNew();
    expect(
      await database.query(sql`SELECT FROM oauth_tokens WHERE expires_at <= now() + interval '15 minutes'`),
    ).toHaveLength(1);
    expect((await handshake(TOKEN)).status).toBe(200);
    expect((await handshake('secret_of_somebody_else')).status).toBe(409);
    await token.acceptNew();
    expect(await token.load()).toBeNull();
  });

  test('a signed event shows that webhooks arrive; another request does not', async () => {
    await handshake(TOKEN);
    await database.execute(sql`UPDATE oauth_tokens SET updated_at = now() - interval '25 hours'`);
    await post(JSON.stringify(event()));
    await handshake(TOKEN);
    expect(await receivesWebhooks(database)).toBe(false);
    await tell();
    expect(await receivesWebhooks(database)).toBe(true);
  });

  test('accepts only signed events', async () => {
    const body = JSON.stringify(event());
    expect((await signed(body)).status).toBe(401);
    await handshake(TOKEN);
    const signature = await signWebhookPayload({ body, verificationToken: TOKEN });
    for (const wrong of [
      '',
      'sha256=',
      signature.slice(0, -1),
      signature.replace(/.$/, (d) => (d === '0' ? '1' : '0')),
    ]) {
      expect((await post(body, { 'x-notion-signature': wrong })).status).toBe(401);
    }
    expect((await post(body)).status).toBe(401);
    expect((await post(`${body} `, { 'x-notion-signature': signature })).status).toBe(401);
    expect(given).toEqual([]);
    expect((await post(body, { 'x-notion-signature': signature })).status).toBe(200);
    expect(given).toHaveLength(1);
  });

  test('refuses what is not an event, and too large bodies', async () => {
    await handshake(TOKEN);
    for (const body of ['', '{', '[]', 'null', '{"type":"page.created"}'])
      expect((await signed(body)).status).toBe(400);
    expect((await signed(JSON.stringify({ text: 'x'.repeat(1_000_000) }))).status).toBe(413);
    expect(await statusOfEndlessBody(server.url)).toBe(413);
    expect(given).toEqual([]);
  });

  test('serves /notion and /healthz', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/notion`)).status).toBe(405);
    expect((await fetch(`${server.url}/notion`)).headers.get('allow')).toBe('POST');
    expect((await post('{}', {}, '/healthz')).status).toBe(405);
    expect((await post('{}', {}, '/constructor')).status).toBe(404);
  });

  test.each(['created', 'content_updated', 'properties_updated', 'moved', 'deleted', 'undeleted'])(
    'a page that was %s is read',
    async (what) => {
      await handshake(TOKEN);
      const page = randomUUID();
      expect((await tell({ type: `page.${what}`, entity: { id: page, type: 'page' } })).status).toBe(200);
      expect(given).toEqual([{ entity: 'tasks', hint: { kind: 'pages', pageIds: [page] } }]);
    },
  );

  test('a deleted page without a data source is found by its id', async () => {
    await handshake(TOKEN);
    const page = randomUUID();
    await database.execute(sql`INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
      VALUES ('games', ${randomUUID()}::uuid, ${page}, '{}', false, false, now(), now())`);
    const told = {
      type: 'page.deleted',
      entity: { id: page, type: 'page' },
      data: { parent: { id: 'x', type: 'database' } },
    };
    expect((await tell(told)).status).toBe(200);
    expect(given).toEqual([{ entity: 'games', hint: { kind: 'pages', pageIds: [page] } }]);
  });

  test('a changed schema causes a read of all changes', async () => {
    await handshake(TOKEN);
    await tell({ type: 'data_source.schema_updated', entity: { id: TASKS, type: 'data_source' } });
    expect(given).toEqual([{ entity: 'tasks', hint: { kind: 'changed' } }]);
  });

  test("ignores unsynced sources and Lockstep's own edits", async () => {
    await handshake(TOKEN);
    const elsewhere = { parent: { id: 'x', type: 'database', data_source_id: randomUUID() } };
    expect((await tell({ data: elsewhere })).status).toBe(200);
    expect((await tell({ type: 'comment.created', entity: { id: 'x', type: 'comment' } })).status).toBe(200);
    expect((await tell({ authors: [{ id: OWN, type: 'bot' }] })).status).toBe(200);
    expect(given).toEqual([]);
    await tell({
      authors: [
        { id: OWN, type: 'bot' },
        { id: PERSON, type: 'person' },
      ],
    });
    expect(given).toHaveLength(1);
  });

  test('answers 503 while Temporal is unavailable', async () => {
    await handshake(TOKEN);
    isTemporalThere = false;
    expect((await tell()).status).toBe(503);
    isTemporalThere = true;
    expect((await tell()).status).toBe(200);
  });
});

/** Sends a body of unknown length until the reply comes. */
function statusOfEndlessBody(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sending = request(`${url}/notion`, { method: 'POST' }, (response) => {
      resolve(response.statusCode);
      sending.destroy();
    });
    sending.on('error', () => resolve(undefined));
    const more = (): void => {
      if (!sending.destroyed) sending.write('x'.repeat(100_000), () => setImmediate(more));
    };
    more();
  });
}
