import { randomBytes } from 'node:crypto';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS_SCOPE, ME, WORK } from '../../../packages/google-emulator/test/support.ts';
import { TokenStore } from '../../../src/google/token-store.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import { type DoctorFixture, named, openDoctorFixture } from './doctor-fixture.ts';

const [key, other] = [0, 1].map(() => randomBytes(32).toString('base64')) as [string, string];

describe('lockstep doctor checks Google', () => {
  let fixture: DoctorFixture;
  let google: GoogleEmulator;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    fixture = await openDoctorFixture();
    google = await startGoogleEmulator({
      calendars: [
        { id: ME, timeZone: 'Europe/Berlin', access: { [ME]: 'owner' } },
        { id: WORK, access: { [WORK]: 'owner' } },
      ],
    });
  });
  afterAll(async () => {
    await fixture.close();
    await google.close();
  });
  beforeEach(async () => {
    await fixture.user.query('TRUNCATE oauth_tokens, push_channels');
    env = {
      GOOGLE_CLIENT_ID: google.clientId,
      GOOGLE_CLIENT_SECRET: google.clientSecret,
      GOOGLE_ROOT_URL: google.url,
      GOOGLE_TOKEN_URL: google.tokenUrl,
      LOCKSTEP_ENCRYPTION_KEY: key,
    };
  });
  const problems = () => fixture.problems({}, env);
  const signIn = (user = ME) => google.handle.grant(user, [EVENTS_SCOPE]);

  test('without an account nothing is reported; neither is another time zone with the same local time', async () => {
    expect(await fixture.problems()).toEqual([]);
    expect(named(await problems())).toEqual(['google/personal google_not_signed_in']);
    env.GOOGLE_REFRESH_TOKEN = signIn();
    expect(await problems()).toEqual([]);
  });

  test('a sign-in of the environment is tried, but not stored', async () => {
    env.GOOGLE_REFRESH_TOKEN = 'revoked';
    expect(named(await problems())).toEqual(['google/personal google_signed_out']);
    env.GOOGLE_REFRESH_TOKEN = signIn();
    expect(await problems()).toEqual([]);
    expect((await fixture.user.query('SELECT FROM oauth_tokens')).rowCount).toBe(0);
  });

  test('the work calendar is read with its own account, or else with the personal one, and need not be writable', async () => {
    env.GOOGLE_REFRESH_TOKEN = signIn();
    env.GOOGLE_WORK_CALENDAR_ID = WORK;
    const [found] = await problems();
    expect(found).toMatchObject({ code: 'calendar_not_found', subject: 'google/work' });
    expect(found?.fix).toContain('GOOGLE_WORK_CALENDAR_ID');
    await new TokenStore(fixture.database, key).importIfMissing('work', signIn(WORK));
    expect(await problems()).toEqual([]);
    google.handle.revokeGrants(WORK);
    expect(await problems()).toMatchObject([{ fix: 'lockstep auth google --account work' }]);
  });

  test('webhooks: a token encrypted with another key, and a channel to another address', async () => {
    env.GOOGLE_REFRESH_TOKEN = signIn();
    env.LOCKSTEP_PUBLIC_URL = 'http://127.0.0.1:1';
    const token = new WebhookToken(fixture.database, other);
    await token.acceptNew();
    await token.keepFirst('secret_of_the_subscription');
    await fixture.user.query(`INSERT INTO push_channels (id, account, calendar_id, address, token_sha256, resource_id, opened_at, expires_at)
      VALUES (gen_random_uuid(), 'personal', 'primary', 'https://elsewhere.example/google', '', 'r', now(), now() + interval '1 day')`);
    const found = await problems();
    expect(named(found)).toEqual([
      'webhooks webhooks_unreachable',
      'webhooks encryption_key',
      'google/personal channel_missing',
    ]);
    expect(found[1]?.fix).toMatch(/^run lockstep webhooks --accept-token; /);
    await token.acceptNew();
    await new WebhookToken(fixture.database, key).keepFirst('secret_of_another');
    await fixture.user.query("UPDATE push_channels SET address = 'http://127.0.0.1:1/google'");
    expect(named(await problems())).toEqual(['webhooks webhooks_unreachable']);
    env.GOOGLE_ROOT_URL = 'http://127.0.0.1:1/';
    expect(named(await problems())).toEqual(['google google_unreachable', 'webhooks webhooks_unreachable']);
  });
});
