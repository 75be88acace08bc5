import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RetryableError } from '../../../src/errors.ts';
import { peopleFromContacts } from '../../../src/features/enrichment/people-from-contacts.ts';
import { type EnrichmentFixture, OUTAGES, openEnrichmentFixture, type Run } from './enrichment-fixture.ts';
import { CLIENT, CONTACTS, type GoogleStandIn, startGoogle } from './stand-ins/google.ts';

let fixture: EnrichmentFixture;
let google: GoogleStandIn;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  [fixture, google] = await Promise.all([openEnrichmentFixture(), startGoogle()]);
  env = {
    LOCKSTEP_CONTACTS: 'personal',
    GOOGLE_CLIENT_ID: CLIENT.id,
    GOOGLE_CLIENT_SECRET: CLIENT.secret,
    GOOGLE_REFRESH_TOKEN: google.refreshToken,
    GOOGLE_ROOT_URL: google.url,
    GOOGLE_TOKEN_URL: `${google.url}/token`,
    LOCKSTEP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
});
afterAll(async () => {
  await google.close();
  await fixture.close();
});
beforeEach(async () => {
  await fixture.sql('TRUNCATE people, enrichments, sync_outbox, request_budget, oauth_tokens CASCADE');
  google.requests.length = 0;
  google.faults.length = 0;
  google.scopes = [CONTACTS];
  google.contacts = [
    {
      id: 'c1',
      name: 'Ada Lovelace',
      emails: ['other@example.com', 'Ada@Example.com'],
      phones: ['+44 20 1', '+44 20 2'],
    },
    { id: 'c2', name: 'Bob', emails: ['bob@example.com'] },
    { id: 'c3', name: 'Twin', emails: ['twin@example.com'], phones: ['1'] },
    { id: 'c4', name: 'Other twin', emails: ['TWIN@example.com'] },
  ];
});

const run = (different: NodeJS.ProcessEnv = {}): Promise<Run> =>
  fixture.run(peopleFromContacts(), { ...env, ...different });
const asked = () => google.requests.filter((request) => request.includes('/v1/people/'));
async function insert(email: string | null, name = '', phone: string | null = null): Promise<string> {
  const [row] = await fixture.sql<{ id: string }>(
    'INSERT INTO people (name, email, phone) VALUES ($1, $2, $3) RETURNING id',
    name,
    email,
    phone,
  );
  return row?.id ?? '';
}
const read = async (id: string) =>
  (await fixture.sql<Record<string, unknown>>('SELECT name, phone, notes FROM people WHERE id = $1::uuid', id))[0];
const counts = ({ tally }: Run) => [tally.processed, tally.updated, tally.errors.length];

describe('people', () => {
  test('get a missing name and phone by their address; one listing serves all rows, and a second run changes nothing', async () => {
    const ada = await insert(' ada@example.COM');
    const named = await insert('ada@example.com', 'Countess');
    const bob = await insert('bob@example.com', 'Bob', '');
    await insert(null, 'Ada Lovelace');
    await insert('complete@example.com', 'Complete', '1');
    const first = await run();
    expect(first.error).toBeNull();
    expect(counts(first)).toEqual([3, 2, 0]);
    expect(await read(ada)).toEqual({ name: 'Ada Lovelace', phone: '+44 20 2', notes: null });
    expect(await read(named)).toMatchObject({ name: 'Countess', phone: '+44 20 2' });
    expect(await read(bob)).toMatchObject({ name: 'Bob', phone: '' });
    expect(asked()).toEqual([
      'GET /v1/people/me/connections?personFields=names%2CemailAddresses%2CphoneNumbers&pageSize=1000',
    ]);
    expect(await run()).toMatchObject({ requests: 0, error: null });
  });

  test('with the address of several contacts are reported once; people who are no contact are not reported', async () => {
    const twin = await insert('twin@example.com');
    await insert('stranger@example.com');
    const { tally } = await run();
    expect(tally).toMatchObject({ processed: 2, updated: 0 });
    expect(tally.errors).toMatchObject([
      { code: 'ambiguous_match', record: twin, message: expect.stringContaining('2 contacts have the address') },
    ]);
    await fixture.sql("UPDATE enrichments SET at = now() - interval '25 hours'");
    expect(counts(await run())).toEqual([2, 0, 0]);
  });

  test('a contact that is completed later fills in the person a day later', async () => {
    const bob = await insert('bob@example.com', 'Bob');
    await run();
    google.contacts = [{ id: 'c2', name: 'Robert', emails: ['bob@example.com'], phones: ['555'] }];
    expect(await run()).toMatchObject({ requests: 0 });
    await fixture.sql("UPDATE enrichments SET at = now() - interval '25 hours'");
    await run();
    expect(await read(bob)).toMatchObject({ name: 'Bob', phone: '555' });
  });

  test('a cleared value stays empty; with another address, filled-in values are replaced', async () => {
    const ada = await insert('ada@example.com');
    await run();
    await fixture.sql('UPDATE people SET phone = NULL WHERE id = $1::uuid', ada);
    await fixture.sql("UPDATE enrichments SET at = now() - interval '25 hours'");
    expect(await run()).toMatchObject({ requests: 0 });
    await fixture.sql("UPDATE people SET email = 'bob@example.com' WHERE id = $1::uuid", ada);
    expect(counts(await run())).toEqual([1, 1, 0]);
    expect(await read(ada)).toMatchObject({ name: 'Bob', phone: null });
  });

  test('all pages of the contacts are read', async () => {
    google.contacts = Array.from({ length: 2_300 }, (_, n) => ({
      id: `n${n}`,
      name: `N ${n}`,
      emails: [`n${n}@example.com`],
    }));
    const last = await insert('n2299@example.com');
    expect(await run()).toMatchObject({ error: null, requests: 3 });
    expect(await read(last)).toMatchObject({ name: 'N 2299' });
  });
});

describe('errors of Google', () => {
  beforeEach(() => insert('ada@example.com'));

  test('a sign-in without the contacts: one line that names the command', async () => {
    google.scopes = ['https://www.googleapis.com/auth/calendar.events'];
    expect((await run()).error).toMatchObject({
      code: 'google_scope_missing',
      message:
        'The sign-in of the personal account does not allow this: run: lockstep auth google, and tick the contacts',
    });
  });

  test('no sign-in', async () => {
    const { error } = await run({ LOCKSTEP_CONTACTS: 'work' });
    expect(error).toMatchObject({ message: expect.stringContaining('lockstep auth google --account work') });
    expect(google.requests).toEqual([]);
  });

  test.each(OUTAGES)('%s: the next run succeeds', async (_, fault) => {
    await run();
    await fixture.sql('TRUNCATE enrichments');
    await fixture.sql('UPDATE people SET phone = NULL');
    google.faults.push(fault);
    const { error } = await run();
    expect(error).toBeInstanceOf(RetryableError);
    expect(inspect(error, { depth: 9 })).not.toContain('not-to-be-shown');
    expect(counts(await run())).toEqual([1, 1, 0]);
  });

  test('a 429 pauses requests', async () => {
    await run();
    await fixture.sql('TRUNCATE enrichments');
    await fixture.sql('UPDATE people SET phone = NULL');
    google.faults.push({
      kind: 'answer',
      status: 429,
      retryAfter: '90',
      body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } },
    });
    expect((await run()).error).toMatchObject({ code: 'rate_limited', retryAfterMs: 90_000 });
    expect(await run()).toMatchObject({ requests: 0, error: null });
  });
});
