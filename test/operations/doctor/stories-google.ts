import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultRule } from 'google-emulator';
import { expect, vi } from 'vitest';
import { EVENTS_SCOPE, ME, WORK, when } from '../../../packages/google-emulator/test/support.ts';
import { authGoogleCommand } from '../../../src/interfaces/cli/auth.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import { byVariable, byVariables, type Stories, type World } from './world.ts';

/** `lockstep auth google`, on a machine without a browser. */
async function authGoogle(world: World): Promise<void> {
  const file = join(world.folder, 'token.txt');
  await writeFile(file, world.signIn());
  Object.assign(process.env, world.env);
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  expect(await authGoogleCommand({ account: 'personal', fromFile: file })).toBe(0);
  said.mockRestore();
}

/** The access token is no longer good: another is asked for. */
const expire = ({ google, user }: World): Promise<unknown> => {
  google.handle.expireAccessTokens();
  return user.query("UPDATE oauth_tokens SET access_token = NULL, expires_at = NULL WHERE provider = 'google'");
};
const refuse = ({ google }: World, reason: string): void => {
  const refused: FaultRule['then'] = { kind: 'status', status: 403, reason };
  google.faults.add(when({ path: '/calendars/' }, refused, { times: 'always' }));
};
const another = randomBytes(32).toString('base64');

export const ofGoogle: Stories<
  | 'google_client_incomplete'
  | 'google_client'
  | 'google_not_signed_in'
  | 'google_signed_out'
  | 'google_scope_missing'
  | 'google_api_off'
  | 'google_unreachable'
  | 'google_refuses'
  | 'encryption_key_missing'
  | 'encryption_key'
  | 'encryption_damaged'
  | 'calendar_not_found'
  | 'calendar_read_only'
  | 'time_zone_differs'
  | 'webhooks_unreachable'
  | 'webhook_token_missing'
  | 'channel_missing'
> = {
  google_client_incomplete: {
    provoke: ({ env }) => {
      env.GOOGLE_CLIENT_SECRET = '';
    },
    names: /GOOGLE_CLIENT_SECRET/,
    mend: byVariables,
  },
  google_client: {
    provoke: async (world) => {
      world.env.GOOGLE_CLIENT_SECRET = 'of another client';
      await expire(world);
    },
    names: /GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET/,
    mend: byVariables,
  },
  google_not_signed_in: {
    provoke: ({ user }) => user.query("DELETE FROM oauth_tokens WHERE provider = 'google'"),
    names: /^lockstep auth google$/,
    mend: authGoogle,
  },
  google_signed_out: {
    provoke: ({ google }) => google.handle.revokeGrants(ME),
    names: /^lockstep auth google$/,
    mend: authGoogle,
  },
  google_scope_missing: {
    provoke: (world) =>
      world.withServices(({ grants }) =>
        grants.save('personal', {
          ...{ refreshToken: world.signIn([`${EVENTS_SCOPE}.readonly`]), accessToken: null },
          ...{ expiresAt: null, scopes: [] },
        }),
      ),
    names: /^lockstep auth google, and tick the calendar$/,
    mend: authGoogle,
  },
  google_api_off: {
    provoke: (world) => refuse(world, 'accessNotConfigured'),
    names: /enable it: https:/,
    mend: ({ google }) => google.faults.clear(),
  },
  google_unreachable: {
    provoke: ({ env }) => {
      env.GOOGLE_ROOT_URL = 'http://127.0.0.1:1/';
    },
    names: /GOOGLE_ROOT_URL/,
    mend: byVariables,
  },
  google_refuses: {
    provoke: (world) => refuse(world, 'forbiddenForServiceAccounts'),
    names: /as the message says/,
    mend: ({ google }) => google.faults.clear(),
  },
  encryption_key_missing: {
    provoke: ({ env }) => {
      env.LOCKSTEP_ENCRYPTION_KEY = '';
    },
    names: /LOCKSTEP_ENCRYPTION_KEY/,
    mend: byVariables,
  },
  encryption_key: {
    provoke: ({ env }) => {
      env.LOCKSTEP_ENCRYPTION_KEY = another;
    },
    names: /append the old key to LOCKSTEP_ENCRYPTION_KEY after a comma/,
    mend: (world) => {
      world.restore();
      world.env.LOCKSTEP_ENCRYPTION_KEY = `${another},${world.env.LOCKSTEP_ENCRYPTION_KEY}`;
    },
  },
  encryption_damaged: {
    provoke: ({ user }) =>
      user.query("UPDATE oauth_tokens SET refresh_token = refresh_token || 'x' WHERE provider = 'google'"),
    names: /^lockstep auth google$/,
    mend: authGoogle,
  },
  calendar_not_found: {
    provoke: ({ env }) => {
      env.GOOGLE_PERSONAL_CALENDAR_ID = 'nobody@example.com';
    },
    names: /GOOGLE_PERSONAL_CALENDAR_ID/,
    mend: byVariables,
  },
  calendar_read_only: {
    provoke: ({ env }) => {
      env.GOOGLE_PERSONAL_CALENDAR_ID = WORK;
    },
    names: /GOOGLE_PERSONAL_CALENDAR_ID/,
    mend: byVariables,
  },
  time_zone_differs: {
    provoke: ({ env }) => {
      env.LOCKSTEP_TIME_ZONE = 'America/New_York';
    },
    names: /LOCKSTEP_TIME_ZONE=UTC, /,
    mend: byVariable,
  },
  webhooks_unreachable: {
    provoke: (world) => world.stopWebhooks(),
    names: /^lockstep webhooks, /,
    mend: (world) => world.startWebhooks(),
  },
  webhook_token_missing: {
    provoke: (world) =>
      world.withServices(({ database, config }) => new WebhookToken(database, config.encryptionKeys).forget()),
    names: /make a subscription with the URL http.*\/notion .*lockstep webhooks --show-token/,
    // What Notion does when the subscription is made.
    mend: async ({ env }) => {
      const body = JSON.stringify({ verification_token: 'secret_of_another' });
      const answer = await fetch(`${env.LOCKSTEP_PUBLIC_URL}/notion`, { method: 'POST', body });
      expect(answer.status).toBe(200);
    },
  },
  channel_missing: {
    provoke: ({ user }) => user.query("UPDATE push_channels SET expires_at = now() - interval '1 hour'"),
    names: /^lockstep webhooks, /,
    mend: (world) => world.openChannel(),
  },
};
