import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { AmbiguousWriteError, RetryableError } from '../../../src/errors.ts';
import { gmailLabels } from '../../../src/features/gmail-labels/gmail-labels.ts';
import { TokenStore } from '../../../src/google/token-store.ts';
import type { WorkerServices } from '../../../src/runtime/services.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { OUTAGES } from '../enrichment/enrichment-fixture.ts';
import { CLIENT, type GoogleStandIn, LABELS, startGoogle } from '../enrichment/stand-ins/google.ts';

let testDatabase: TestDatabase;
let database: DatabasePool;
let google: GoogleStandIn;
const key = randomBytes(32).toString('base64');

beforeAll(async () => {
  testDatabase = await freshDatabase();
  database = openDatabase(testDatabase.url, 2);
  google = await startGoogle();
});
afterAll(async () => {
  await google.close();
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  await database.execute(sql`TRUNCATE projects, gmail_labels, oauth_tokens CASCADE`);
  google.labels.splice(3);
  google.requests.length = 0;
  google.faults.length = 0;
  google.scopes = [LABELS];
});

function run(different: NodeJS.ProcessEnv = {}): Promise<string> {
  const config = readConfig({
    LOCKSTEP_GMAIL_LABELS: 'personal',
    GOOGLE_CLIENT_ID: CLIENT.id,
    GOOGLE_CLIENT_SECRET: CLIENT.secret,
    GOOGLE_REFRESH_TOKEN: google.refreshToken,
    GOOGLE_ROOT_URL: google.url,
    GOOGLE_TOKEN_URL: `${google.url}/token`,
    LOCKSTEP_ENCRYPTION_KEY: key,
    ...different,
  });
  const { clientId = '', clientSecret = '', rootUrl, tokenUrl } = config.google;
  const services = {
    ...{ config, database, grants: new TokenStore(database, key) },
    google: { clientId, clientSecret, rootUrl, tokenUrl },
  } as WorkerServices; // this chore needs no other
  return gmailLabels({ ...services, signal: new AbortController().signal, progress: () => undefined });
}
async function insert(name: string, type = 'Work'): Promise<string> {
  const [row] = await database.query<{ id: string }>(sql`
    INSERT INTO projects (name, type) VALUES (${name}, ${type}) RETURNING id`);
  return row?.id ?? '';
}
const ours = () => google.labels.filter(({ type }) => type === 'user');
const names = () => ours().map(({ name }) => name);
const requests = (method: string) => google.requests.filter((one) => one.startsWith(`${method} /gmail/`));

describe('a label for each Work project', () => {
  test('is created, renamed, and deleted when it is empty and no longer needed; a second run sends one request', async () => {
    const acme = await insert('Acme / EU');
    const done = await insert('Done');
    await database.execute(sql`UPDATE projects SET status = 'Completed' WHERE id = ${done}::uuid`);
    await insert('Garden', 'Personal');
    expect(await run()).toBe('labels: 2 created');
    expect(names()).toEqual(['Projects/Acme - EU', 'Projects/Done']);
    google.requests.length = 0;
    expect(await run()).toBe('labels: no changes');
    expect(google.requests).toEqual(['GET /gmail/v1/users/me/labels']);
    await database.execute(sql`UPDATE projects SET name = 'Acme' WHERE id = ${acme}::uuid`);
    expect(await run()).toBe('labels: 1 renamed');
    await database.execute(sql`UPDATE projects SET type = 'Personal' WHERE id = ${acme}::uuid`);
    await database.execute(sql`UPDATE projects SET archived_at = now() WHERE id = ${done}::uuid`);
    expect(await run()).toBe('labels: 2 deleted');
    expect(names()).toEqual([]);
  });

  test.each([
    ['messages', { messages: 1, threads: 0 }],
    ['a thread', { messages: 0, threads: 1 }],
  ])('is never deleted if it holds %s', async (_, mail) => {
    const id = await insert('Acme');
    await run();
    Object.assign(ours()[0] ?? {}, mail);
    await database.execute(sql`UPDATE projects SET archived_at = now() WHERE id = ${id}::uuid`);
    expect(await run()).toBe('labels: 1 kept because of their mail');
    await database.execute(sql`DELETE FROM projects WHERE id = ${id}::uuid`);
    expect(await run()).toBe('labels: 1 kept because of their mail');
    expect(names()).toEqual(['Projects/Acme']);
    expect(requests('DELETE')).toEqual([]);
  });

  test('an existing label is adopted, and stays when it is no longer needed', async () => {
    google.labels.push({ id: 'Label_theirs', name: 'Projects/acme', type: 'user', messages: 0, threads: 0 });
    const id = await insert('Acme');
    expect(await run()).toBe('labels: 1 adopted');
    await database.execute(sql`UPDATE projects SET archived_at = now() WHERE id = ${id}::uuid`);
    expect(await run()).toBe('labels: no changes');
    expect(names()).toEqual(['Projects/acme']);
  });

  test('a project that is replaced by another with its name, and two that swap names', async () => {
    const [a, b] = [await insert('A'), await insert('B')];
    await run();
    await database.execute(sql`UPDATE projects SET name = CASE name WHEN 'A' THEN 'B' ELSE 'A' END`);
    await run();
    const kept = await database.query<{ project_id: string; name: string }>(
      sql`SELECT project_id, name FROM gmail_labels ORDER BY label_id`,
    );
    expect(kept.map(({ project_id, name }) => [project_id, name])).toEqual([
      [a, 'Projects/B'],
      [b, 'Projects/A'],
    ]);
    expect(names()).toEqual(['Projects/B', 'Projects/A']);
    expect(await run()).toBe('labels: no changes');
  });

  test('a label that Gmail refuses does not block the others, and is tried again', async () => {
    await insert('A');
    await insert('B');
    google.faults.push(...(await tokenAndList()), {
      kind: 'answer',
      status: 400,
      body: { error: { code: 400, message: 'Invalid label name' } },
    });
    expect(await run()).toBe(
      'labels: 1 created; 1 refused, for example: Google refused the label Projects/A: Invalid label name',
    );
    expect(await run()).toBe('labels: 1 created');
  });
});

/** Lets the first requests of a run succeed: each request takes one fault, so these have the normal answer. */
async function tokenAndList(): Promise<GoogleStandIn['faults']> {
  await run({ LOCKSTEP_GMAIL_LABELS: 'off' });
  const labels = google.labels.map(({ id, name, type }) => ({ id, name, type }));
  return [
    {
      kind: 'answer',
      status: 200,
      body: { access_token: 'ya29.access-not-to-be-shown', expires_in: 3599, token_type: 'Bearer' },
    },
    { kind: 'answer', status: 200, body: { labels } },
  ];
}

describe('errors', () => {
  test('switched off, not signed in, or signed in without the labels scope: one line', async () => {
    expect(await run({ LOCKSTEP_GMAIL_LABELS: 'off' })).toContain('LOCKSTEP_GMAIL_LABELS is off');
    expect(await run({ LOCKSTEP_GMAIL_LABELS: 'work' })).toContain('lockstep auth google --account work');
    google.scopes = ['https://www.googleapis.com/auth/calendar.events'];
    await expect(run()).rejects.toMatchObject({
      code: 'google_scope_missing',
      message:
        'The sign-in of the personal account does not allow this: run: lockstep auth google, and tick the mailbox labels',
    });
  });

  test.each(OUTAGES)('%s while a label is created: the next run adopts it', async (_, fault) => {
    await insert('Acme');
    google.faults.push(...(await tokenAndList()), fault);
    const error = await run().catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(AmbiguousWriteError);
    expect(inspect(error, { depth: 9 })).not.toContain('not-to-be-shown');
    google.labels.push({ id: 'Label_lost', name: 'Projects/Acme', type: 'user', messages: 0, threads: 0 });
    expect(await run()).toBe('labels: 1 adopted');
  });

  test('a 429', async () => {
    await insert('Acme');
    await run();
    google.faults.push({ kind: 'answer', status: 429, retryAfter: '7' });
    const error = await run().catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 7_000 });
    expect(await run()).toBe('labels: no changes');
  });
});
