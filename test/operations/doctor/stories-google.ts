import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultRule } from 'google-emulator';
import { expect, vi } from 'vitest';
import { EVENTS_SCOPE, ME, WORK, when } from '../../../packages/google-emulator/test/support.ts';
import { authGoogleCommand } from '../../../src/interfaces/cli/auth.ts';
import { WebhookToken } from '../../../src/runtime/webhook-token.ts';
import { byVariable, byVariables, type Deployment, type Stories } from './deployment.ts';

/** `lockstep auth google`, on a machine without a browser. */
async function authGoogle(deployment: Deployment): Promise<void> {
  const file = join(deployment.folder, 'token.txt');
  await writeFile(file, deployment.signIn());
  Object.assign(process.env, deployment.env);
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  expect(await authGoogleCommand({ account: 'personal', fromFile: file })).toBe(0);
  said.mockRestore();
}

/** Expires the access token, so that a new one is requested. */
const expire = ({ google, user }: Deployment): Promise<unknown> => {
  google.handle.expireAccessTokens();
  return user.query("UPDATE oauth_tokens SET access_token = NULL, expires_at = NULL WHERE provider = 'google'");
};
const refuse = ({ google }: Deployment, reason: string): void => {
  const refused: FaultRule['then'] = { kind: 'status', status: 403, reason };
  google.faults.add(when({ path: '/calendars/' }, refused, { times: 'always' }));
};
const another = randomBytes(32).toString('base64');

export const googleStories: Stories<
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
    expectedFix: /GOOGLE_CLIENT_SECRET/,
    fix: byVariables,
  },
  google_client: {
    provoke: async (deployment) => {
      deployment.env.GOOGLE_CLIENT_SECRET = 'of another client';
      await expire(deployment);
    },
    expectedFix: /GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET/,
    fix: byVariables,
  },
  google_not_signed_in: {
    provoke: ({ user }) => user.query("DELETE FROM oauth_tokens WHERE provider = 'google'"),
    expectedFix: /^lockstep auth google$/,
    fix: authGoogle,
  },
  google_signed_out: {
    provoke: ({ google }) => google.handle.revokeGrants(ME),
    expectedFix: /^lockstep auth google$/,
    fix: authGoogle,
  },
  google_scope_missing: {
    provoke: (deployment) =>
      deployment.withServices(({ grants }) =>
        grants.save('personal', {
          ...{ refreshToken: deployment.signIn([`${EVENTS_SCOPE}.readonly`]), accessToken: null },
          ...{ expiresAt: null, scopes: [] },
        }),
      ),
    expectedFix: /^lockstep auth google, and select the calendar permission$/,
    fix: authGoogle,
  },
  google_api_off: {
    provoke: (deployment) => refuse(deployment, 'accessNotConfigured'),
    expectedFix: /enable the API: https:/,
    fix: ({ google }) => google.faults.clear(),
  },
  google_unreachable: {
    provoke: ({ env }) => {
      env.GOOGLE_ROOT_URL = 'http://127.0.0.1:1/';
    },
    expectedFix: /GOOGLE_ROOT_URL/,
    fix: byVariables,
  },
  google_refuses: {
    provoke: (deployment) => refuse(deployment, 'forbiddenForServiceAccounts'),
    expectedFix: /follow the message/,
    fix: ({ google }) => google.faults.clear(),
  },
  encryption_key_missing: {
    provoke: ({ env }) => {
      env.LOCKSTEP_ENCRYPTION_KEY = '';
    },
    expectedFix: /LOCKSTEP_ENCRYPTION_KEY/,
    fix: byVariables,
  },
  encryption_key: {
    provoke: ({ env }) => {
      env.LOCKSTEP_ENCRYPTION_KEY = another;
    },
    expectedFix: /append the old key to LOCKSTEP_ENCRYPTION_KEY after a comma/,
    fix: (deployment) => {
      deployment.restore();
      deployment.env.LOCKSTEP_ENCRYPTION_KEY = `${another},${deployment.env.LOCKSTEP_ENCRYPTION_KEY}`;
    },
  },
  encryption_damaged: {
    provoke: ({ user }) =>
      user.query("UPDATE oauth_tokens SET refresh_token = refresh_token || 'x' WHERE provider = 'google'"),
    expectedFix: /^lockstep auth google$/,
    fix: authGoogle,
  },
  calendar_not_found: {
    provoke: ({ env }) => {
      env.GOOGLE_PERSONAL_CALENDAR_ID = 'nobody@example.com';
    },
    expectedFix: /GOOGLE_PERSONAL_CALENDAR_ID/,
    fix: byVariables,
  },
  calendar_read_only: {
    provoke: ({ env }) => {
      env.GOOGLE_PERSONAL_CALENDAR_ID = WORK;
    },
    expectedFix: /GOOGLE_PERSONAL_CALENDAR_ID/,
    fix: byVariables,
  },
  time_zone_differs: {
    provoke: ({ env }) => {
      env.LOCKSTEP_TIME_ZONE = 'America/New_York';
    },
    expectedFix: /LOCKSTEP_TIME_ZONE=UTC, /,
    fix: byVariable,
  },
  webhooks_unreachable: {
    provoke: (deployment) => deployment.stopWebhooks(),
    expectedFix: /^run lockstep webhooks[ ,]/,
    fix: (deployment) => deployment.startWebhooks(),
  },
  webhook_token_missing: {
    provoke: (deployment) =>
      deployment.withServices(({ database, config }) => new WebhookToken(database, config.encryptionKeys).acceptNew()),
    expectedFix:
      /lockstep webhooks --accept-token; .*create a webhook subscription with the URL http.*\/notion .*lockstep webhooks --show-token/,
    // What Notion does when the subscription is created.
    fix: async ({ env }) => {
      const body = JSON.stringify({ verification_token: 'secret_of_another' });
      const answer = await fetch(`${env.LOCKSTEP_PUBLIC_URL}/notion`, { method: 'POST', body });
      expect(answer.status).toBe(200);
    },
  },
  channel_missing: {
    provoke: ({ user }) => user.query("UPDATE push_channels SET expires_at = now() - interval '1 hour'"),
    expectedFix: /^run lockstep webhooks[ ,]/,
    fix: (deployment) => deployment.openChannel(),
  },
};
