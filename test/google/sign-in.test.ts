import { describe, expect, test } from 'vitest';
import { emulate, ME } from '../../packages/google-emulator/test/support.ts';
import { FinalError } from '../../src/errors.ts';
import { GoogleApi } from '../../src/google/google-api.ts';
import { SCOPES } from '../../src/google/grant.ts';
import { grantFromFile, signIn } from '../../src/google/sign-in.ts';
import { connectionTo, MemoryGrants } from './support.ts';

/** A browser that follows redirects. */
async function browse(url: string): Promise<string> {
  const answer = await fetch(url);
  return answer.text();
}

describe('signing in', () => {
  test.each(['personal', 'work'] as const)('the %s account gets the minimum scope, and works', async (account) => {
    const emulator = await emulate();
    const connection = connectionTo(emulator);
    let page = '';
    const grant = await signIn({
      connection,
      account,
      visit: async (url) => {
        page = await browse(url);
      },
    });
    expect(grant.scopes).toEqual([SCOPES[account]]);
    expect(page).toContain('Signed in');
    expect(page).not.toContain(grant.refreshToken);
    const api = new GoogleApi(connection, account, new MemoryGrants(grant.refreshToken));
    await api.call({ kind: 'read', what: 'the calendar' }, (events) => events.list({ calendarId: 'primary' }));
  });

  test('a second sign-in gives a refresh token again', async () => {
    const emulator = await emulate();
    const visit = async (url: string) => void (await browse(url));
    const signInAgain = () => signIn({ connection: connectionTo(emulator), account: 'personal', visit });
    await signInAgain();
    expect((await signInAgain()).refreshToken).toMatch(/^1\/\//);
  });

  test('an answer with another state is refused, and the right one is still accepted', async () => {
    const emulator = await emulate();
    let turnedAway = 0;
    const grant = await signIn({
      connection: connectionTo(emulator),
      account: 'personal',
      visit: async (url) => {
        const redirect = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
        redirect.search = new URLSearchParams({ code: 'stolen', state: 'made-up' }).toString();
        turnedAway = (await fetch(redirect)).status;
        await browse(url);
      },
    });
    expect(turnedAway).toBe(400);
    expect(grant.refreshToken).toMatch(/^1\/\//);
  });

  test('a code without the PKCE verifier of this run is refused', async () => {
    const emulator = await emulate();
    const other = new URL(`${emulator.authUrl}`);
    let code = '';
    const failing = signIn({
      connection: connectionTo(emulator),
      account: 'personal',
      visit: async (url) => {
        other.search = new URL(url).search;
        other.searchParams.set('code_challenge', 'x'.repeat(43));
        code = await browse(other.href);
      },
    });
    await expect(failing).rejects.toMatchObject({ code: 'google_signed_out' });
    expect(code).toContain('Signed in');
  });

  test('declined', async () => {
    const emulator = await emulate();
    const declined = signIn({
      connection: connectionTo(emulator),
      account: 'personal',
      visit: async (url) => {
        const { searchParams } = new URL(url);
        const redirect = new URL(searchParams.get('redirect_uri') ?? '');
        redirect.search = new URLSearchParams({
          error: 'access_denied',
          state: searchParams.get('state') ?? '',
        }).toString();
        expect(await browse(redirect.href)).toContain('Not signed in');
      },
    });
    await expect(declined).rejects.toMatchObject({ code: 'google_declined' });
    await expect(declined).rejects.toThrow(/access_denied/);
  });

  test('the calendar scope not selected', async () => {
    const emulator = await emulate();
    const partial = signIn({
      connection: connectionTo(emulator),
      account: 'personal',
      visit: async (url) => {
        const consent = new URL(url);
        consent.searchParams.set('scope', 'openid');
        await browse(consent.href);
      },
    });
    await expect(partial).rejects.toMatchObject({ code: 'google_scope_missing' });
  });

  test('a timeout, or a cancelled command', async () => {
    const emulator = await emulate();
    const options = { connection: connectionTo(emulator), account: 'personal', visit: () => undefined } as const;
    await expect(signIn({ ...options, timeoutMs: 1 })).rejects.toThrow(/in time/);
    const reason = new Error('ended');
    await expect(signIn({ ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('the server is closed afterwards', async () => {
    const emulator = await emulate();
    let redirectUri = '';
    await signIn({
      connection: connectionTo(emulator),
      account: 'personal',
      visit: async (url) => {
        redirectUri = new URL(url).searchParams.get('redirect_uri') ?? '';
        await browse(url);
      },
    });
    expect(new URL(redirectUri).hostname).toBe('127.0.0.1');
    await expect(fetch(redirectUri)).rejects.toThrow();
  });
});

describe('a grant from a file', () => {
  test.each([
    ['a bare token', '1//0abc-DEF_123\n'],
    ['authorized_user JSON', '{"type":"authorized_user","client_id":"x","refresh_token":"1//0abc-DEF_123"}'],
  ])('%s', (_, text) => {
    expect(grantFromFile(text)).toMatchObject({ refreshToken: '1//0abc-DEF_123', accessToken: null });
  });

  test.each(['', '{}', '{"refresh_token":""}', 'two words', '["1//0abc"]'])('"%s" contains none', (text) => {
    expect(() => grantFromFile(text)).toThrow(FinalError);
  });
});

test('the user who consents is the one who is signed in', async () => {
  const emulator = await emulate();
  const visit = async (url: string) => void (await browse(url));
  const { accessToken } = await signIn({ connection: connectionTo(emulator), account: 'personal', visit });
  const answer = await fetch(`${emulator.url}calendar/v3/calendars/${ME}/events`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  expect(answer.status).toBe(200);
});
