import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emulate, ME, when } from '../../packages/google-emulator/test/support.ts';
import { type DatabasePool, openDatabase, sql } from '../../src/database/client.ts';
import { GoogleApi } from '../../src/google/google-api.ts';
import type { Grant } from '../../src/google/grant.ts';
import { TokenStore } from '../../src/google/token-store.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { connectionTo } from './support.ts';

const key = randomBytes(32).toString('base64');
const grant: Grant = {
  refreshToken: '1//refresh-secret',
  accessToken: 'ya29.access-secret',
  expiresAt: new Date('2026-03-01T00:00:00Z'),
  scopes: ['https://www.googleapis.com/auth/calendar.events'],
};

let testDatabase: TestDatabase;
let database: DatabasePool;
let store: TokenStore;

beforeAll(async () => {
  testDatabase = await freshDatabase();
});
afterAll(() => testDatabase.drop());
beforeEach(() => {
  database = openDatabase(testDatabase.url, 5);
  store = new TokenStore(database, key);
});
afterEach(async () => {
  await database.execute(sql`DELETE FROM oauth_tokens`);
  await database.close();
});

describe('storing', () => {
  test('returns what was stored, which the database holds only encrypted', async () => {
    expect(await store.load('personal')).toBeNull();
    await store.save('personal', grant);
    expect(await store.load('personal')).toEqual(grant);
    expect(await store.load('work')).toBeNull();
    const dump = JSON.stringify(await database.query(sql`SELECT * FROM oauth_tokens`));
    expect(dump).not.toMatch(/secret/);
  });

  test('a token moved to another account’s row does not open', async () => {
    await store.save('personal', grant);
    await database.execute(sql`UPDATE oauth_tokens SET account = 'work'`);
    await expect(store.load('work')).rejects.toMatchObject({ code: 'encryption_damaged' });
  });

  test('after a key change, new tokens are stored with the new key', async () => {
    await store.save('personal', grant);
    const newKey = randomBytes(32).toString('base64');
    await expect(new TokenStore(database, newKey).load('personal')).rejects.toMatchObject({ code: 'encryption_key' });
    const both = new TokenStore(database, `${newKey},${key}`);
    const next = { accessToken: 'ya29.next', expiresAt: new Date(), refreshToken: null, scopes: [] };
    await both.renew('personal', async () => next);
    expect(await new TokenStore(database, newKey).load('personal')).toMatchObject({
      refreshToken: grant.refreshToken,
      accessToken: 'ya29.next',
      scopes: grant.scopes,
    });
  });

  test('without a key nothing is stored', async () => {
    const keyless = new TokenStore(database, undefined);
    await expect(keyless.save('personal', grant)).rejects.toThrow(/LOCKSTEP_ENCRYPTION_KEY/);
    expect(await database.query(sql`SELECT * FROM oauth_tokens`)).toEqual([]);
  });
});

describe('importing', () => {
  test('only when there is no grant', async () => {
    expect(await store.importIfMissing('work', '1//from-environment')).toBe(true);
    expect(await store.load('work')).toMatchObject({ refreshToken: '1//from-environment', accessToken: null });
    expect(await store.importIfMissing('work', '1//another')).toBe(false);
    expect(await store.load('work')).toMatchObject({ refreshToken: '1//from-environment' });
  });
});

describe('renewing', () => {
  test('without a grant says to sign in', async () => {
    await expect(store.renew('work', async () => null)).rejects.toThrow(/run: lockstep auth google --account work$/);
  });

  test('two workers never renew at once, and the second uses the tokens of the first', async () => {
    const other = openDatabase(testDatabase.url, 5);
    const emulator = await emulate({ rotateRefreshTokens: true });
    await store.save('personal', { ...grant, refreshToken: emulator.handle.grant(ME, grant.scopes) });
    // Slow enough that both would renew without the lock.
    emulator.faults.add(when({ path: '/token' }, { kind: 'delay', ms: 200 }, { times: 'always' }));
    const workers = [store, new TokenStore(other, key)].map(
      (grants) => new GoogleApi(connectionTo(emulator), 'personal', grants),
    );
    const purpose = { kind: 'read', what: 'the calendar' } as const;
    const list = (api: GoogleApi) => api.call(purpose, (events) => events.list({ calendarId: ME }));
    await Promise.all(workers.map(list));
    emulator.handle.expireAccessTokens();
    await Promise.all(workers.map(list));
    await other.close();
    expect(emulator.handle.traffic()[ME]?.reads).toBe(4);
  });

  test('a failed renewal leaves the grant unchanged', async () => {
    await store.save('personal', grant);
    const failure = store.renew('personal', async () => {
      throw new RangeError('no luck');
    });
    await expect(failure).rejects.toThrow('no luck');
    expect(await store.load('personal')).toEqual(grant);
  });
});
