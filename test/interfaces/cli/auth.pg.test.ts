import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoogleEmulator } from 'google-emulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emulate, ME } from '../../../packages/google-emulator/test/support.ts';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { GoogleApi } from '../../../src/google/google-api.ts';
import { type Account, SCOPES } from '../../../src/google/grant.ts';
import { TokenStore } from '../../../src/google/token-store.ts';
import { connectionTo } from '../../google/support.ts';
import { type CliResult, emptyFolder, type RunningCli, runCli, startCli } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const folder = emptyFolder();
const key = randomBytes(32).toString('base64');
let testDatabase: TestDatabase;
let database: DatabasePool;
let store: TokenStore;
let emulator: GoogleEmulator;
let env: Record<string, string>;

beforeAll(async () => {
  testDatabase = await freshDatabase();
  database = openDatabase(testDatabase.url, 1);
  store = new TokenStore(database, key);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
  folder.remove();
});
beforeEach(async () => {
  emulator = await emulate();
  env = {
    GOOGLE_CLIENT_ID: emulator.clientId,
    GOOGLE_CLIENT_SECRET: emulator.clientSecret,
    GOOGLE_ROOT_URL: emulator.url,
    GOOGLE_TOKEN_URL: emulator.tokenUrl,
    LOCKSTEP_ENCRYPTION_KEY: key,
    DATABASE_URL: testDatabase.url,
  };
});
afterEach(() => database.execute(sql`DELETE FROM oauth_tokens`));

/** The URL that the user is asked to open. */
async function addressOf(command: RunningCli): Promise<URL> {
  let said = '';
  command.process.stdout?.on('data', (text: string) => {
    said += text;
  });
  await command.waitForOutput(/^http:\S+\n/m);
  return new URL(/^http:\S+$/m.exec(said)?.[0] ?? '');
}

/** Signs in as a user who opens the URL. */
async function signIn(args: readonly string[]): Promise<CliResult> {
  const command = startCli(['auth', 'google', ...args], folder.path, env);
  expect((await fetch(await addressOf(command))).status).toBe(200);
  return command.ended;
}

function importFile(text: string, environment = env): Promise<CliResult> {
  const path = join(folder.path, 'token');
  writeFileSync(path, text);
  return runCli(['auth', 'google', '--from-file', path], folder.path, environment);
}

/** The stored grant works with Google, and neither the database nor the terminal shows it. */
async function expectSecretGrant(account: Account, { stdout, stderr }: CliResult): Promise<void> {
  const grant = await store.load(account);
  if (!grant) throw new Error(`The ${account} account has no grant.`);
  const api = new GoogleApi(connectionTo(emulator), account, store);
  await api.call({ kind: 'read', what: 'the calendar' }, (events) => events.list({ calendarId: ME }));
  const shown = stdout + stderr + JSON.stringify(await database.query(sql`SELECT * FROM oauth_tokens`));
  for (const secret of [grant.refreshToken, grant.accessToken, emulator.clientSecret, key]) {
    expect(secret).toBeTruthy();
    expect(shown).not.toContain(secret);
  }
}

describe('lockstep auth google', () => {
  test.each(['personal', 'work'] as const)('signs in to the %s account with the smallest scope', async (account) => {
    const result = await signIn(['--account', account]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain(`Signed in to the ${account} account`);
    expect((await store.load(account))?.scopes).toEqual([SCOPES[account]]);
    expect(await database.query(sql`SELECT * FROM oauth_tokens`)).toHaveLength(1);
    await expectSecretGrant(account, result);
  });

  test('defaults to the personal account, and replaces an earlier sign-in, readable or not', async () => {
    const lost = new TokenStore(database, randomBytes(32).toString('base64'));
    await lost.save('personal', { refreshToken: '1//old', accessToken: null, expiresAt: null, scopes: [] });
    const result = await signIn([]);
    expect(result.code).toBe(0);
    await expectSecretGrant('personal', result);
  });

  test('stores nothing when the user declines', async () => {
    const command = startCli(['auth', 'google'], folder.path, env);
    const { searchParams } = await addressOf(command);
    const answer = new URL(searchParams.get('redirect_uri') ?? '');
    answer.search = new URLSearchParams({ error: 'access_denied', state: searchParams.get('state') ?? '' }).toString();
    await fetch(answer);
    expect(await command.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('access_denied') });
    expect(await database.query(sql`SELECT * FROM oauth_tokens`)).toEqual([]);
  });

  test.each(['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET', 'LOCKSTEP_ENCRYPTION_KEY', 'DATABASE_URL'])(
    'without %s is one line and exit 78',
    async (name) => {
      const { [name]: _, ...others } = env;
      const result = await runCli(['auth', 'google'], folder.path, others);
      expect(result).toMatchObject({ code: 78, stdout: '' });
      expect(result.stderr).toMatch(new RegExp(`^lockstep: ${name} is not set: [^\n]+\n$`));
    },
  );

  test('with an invalid key is one line and exit 78', async () => {
    const result = await runCli(['auth', 'google'], folder.path, { ...env, LOCKSTEP_ENCRYPTION_KEY: 'too short' });
    expect(result).toMatchObject({ code: 78, stdout: '' });
    expect(result.stderr).toMatch(/^lockstep: LOCKSTEP_ENCRYPTION_KEY [^\n]*32 bytes[^\n]+\n$/);
  });

  test('without PostgreSQL does not start a sign-in', async () => {
    const away = { ...env, DATABASE_URL: 'postgresql://me:s3cret@127.0.0.1:1/lockstep' };
    const result = await runCli(['auth', 'google'], folder.path, away);
    expect(result).toMatchObject({ code: 69, stdout: '', stderr: expect.stringMatching(/^lockstep: [^\n]+\n$/) });
    expect(result.stderr).not.toContain('s3cret');
  });
});

describe('lockstep auth google --from-file', () => {
  test.each([
    ['a plain token', (token: string) => `${token}\n`],
    ["Google's JSON", (token: string) => JSON.stringify({ type: 'authorized_user', refresh_token: token })],
  ])('accepts %s', async (_, fileOf) => {
    const token = emulator.handle.grant(ME, [SCOPES.personal]);
    const result = await importFile(fileOf(token));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(await store.load('personal')).toMatchObject({ refreshToken: token, scopes: [SCOPES.personal] });
    await expectSecretGrant('personal', result);
  });

  test('rejects a token that Google refuses, and keeps the stored one', async () => {
    await importFile(emulator.handle.grant(ME, [SCOPES.personal]));
    const kept = await store.load('personal');
    const result = await importFile('1//never-given');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^lockstep: Google no longer accepts[^\n]+\n$/);
    expect(result.stderr).not.toContain('never-given');
    expect(await store.load('personal')).toEqual(kept);
  });

  test('stores an unverified token while Google does not answer', async () => {
    const result = await importFile('1//untried', { ...env, GOOGLE_TOKEN_URL: 'http://127.0.0.1:1/token' });
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^lockstep: the token could not be verified/),
    });
    expect(await store.load('personal')).toMatchObject({ refreshToken: '1//untried' });
  });

  test.each([
    ['no file', null, /cannot be read \(ENOENT\)/],
    ['a file without a token', '{"client_id": "x"}', /neither a refresh token nor JSON/],
  ])('of %s is one line', async (_, text, says) => {
    const result =
      text === null
        ? await runCli(['auth', 'google', '--from-file', 'missing'], folder.path, env)
        : await importFile(text);
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(says) });
    expect(result.stderr).toMatch(/^lockstep: [^\n]+\n$/);
    expect(await database.query(sql`SELECT * FROM oauth_tokens`)).toEqual([]);
  });
});
