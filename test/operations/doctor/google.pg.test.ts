import { randomBytes } from 'node:crypto';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS_SCOPE, ME, WORK } from '../../../packages/google-emulator/test/support.ts';
import { TokenStore } from '../../../src/google/token-store.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import { type Clinic, named, openClinic } from './clinic.ts';

const [key, other] = [0, 1].map(() => randomBytes(32).toString('base64')) as [string, string];

describe('lockstep doctor looks at Google', () => {
  let clinic: Clinic;
  let google: GoogleEmulator;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    clinic = await openClinic();
    google = await startGoogleEmulator({
      calendars: [
        { id: ME, timeZone: 'Europe/Berlin', access: { [ME]: 'owner' } },
        { id: WORK, access: { [WORK]: 'owner' } },
      ],
    });
  });
  afterAll(async () => {
    await clinic.close();
    await google.close();
  });
  beforeEach(async () => {
    await clinic.user.query('TRUNCATE oauth_tokens, push_channels');
    env = {
      GOOGLE_CLIENT_ID: google.clientId,
      GOOGLE_CLIENT_SECRET: google.clientSecret,
      GOOGLE_ROOT_URL: google.url,
      GOOGLE_TOKEN_URL: google.tokenUrl,
      LOCKSTEP_ENCRYPTION_KEY: key,
    };
  });
  const problems = () => clinic.problems({}, env);
  const signIn = (user = ME) => google.handle.grant(user, [EVENTS_SCOPE]);

  test('without an account there is nothing to say; another zone with the same clocks is no other', async () => {
    expect(await clinic.problems()).toEqual([]);
    expect(named(await problems())).toEqual(['google/personal google_not_signed_in']);
    env.GOOGLE_REFRESH_TOKEN = signIn();
    expect(await problems()).toEqual([]);
  });

  test('a sign-in of the environment is tried, and left for a sync to take in', async () => {
    env.GOOGLE_REFRESH_TOKEN = 'revoked';
    expect(named(await problems())).toEqual(['google/personal google_signed_out']);
    env.GOOGLE_REFRESH_TOKEN = signIn();
    expect(await problems()).toEqual([]);
    expect((await clinic.user.query('SELECT FROM oauth_tokens')).rowCount).toBe(0);
  });

  test('the work calendar is read by its own account, else by the first, and need not be written', async () => {
    env.GOOGLE_REFRESH_TOKEN = signIn();
    env.GOOGLE_WORK_CALENDAR_ID = WORK;
    const [found] = await problems();
    expect(found).toMatchObject({ code: 'calendar_not_found', subject: 'google/work' });
    expect(found?.mend).toContain('GOOGLE_WORK_CALENDAR_ID');
    await new TokenStore(clinic.database, key).importIfMissing('work', signIn(WORK));
    expect(await problems()).toEqual([]);
    google.handle.revokeGrants(WORK);
    expect(await problems()).toMatchObject([{ mend: 'lockstep auth google --account work' }]);
  });

  test('webhooks: a token of another key, and a channel to another address', async () => {
    env.GOOGLE_REFRESH_TOKEN = signIn();
    env.LOCKSTEP_PUBLIC_URL = 'http://127.0.0.1:1';
    const token = new WebhookToken(clinic.database, other);
    await token.keepFirst('secret_of_the_subscription');
    await clinic.user.query(`INSERT INTO push_channels (id, account, calendar_id, address, token_sha256, resource_id, opened_at, expires_at)
      VALUES (gen_random_uuid(), 'personal', 'primary', 'https://elsewhere.example/google', '', 'r', now(), now() + interval '1 day')`);
    const found = await problems();
    expect(named(found)).toEqual([
      'webhooks webhooks_unreachable',
      'webhooks encryption_key',
      'google/personal channel_missing',
    ]);
    expect(found[1]?.mend).toMatch(/^lockstep webhooks --reset; /);
    await token.forget();
    await new WebhookToken(clinic.database, key).keepFirst('secret_of_another');
    await clinic.user.query("UPDATE push_channels SET address = 'http://127.0.0.1:1/google'");
    expect(named(await problems())).toEqual(['webhooks webhooks_unreachable']);
    env.GOOGLE_ROOT_URL = 'http://127.0.0.1:1/';
    expect(named(await problems())).toEqual(['google google_unreachable', 'webhooks webhooks_unreachable']);
  });
});
