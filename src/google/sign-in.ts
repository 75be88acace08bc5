import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { FinalError } from '../errors.ts';
import { toSignInError } from './google-errors.ts';
import { type Account, CONTACTS_SCOPE, GMAIL_LABELS_SCOPE, type Grant, SCOPES } from './grant.ts';
import { createOAuthClient, type GoogleConnection, toRenewedTokens } from './oauth-client.ts';
import { listenForCode } from './sign-in-redirect.ts';

const DEFAULT_TIMEOUT_MS = 5 * 60_000;

export interface SignInOptions {
  readonly connection: GoogleConnection;
  readonly account: Account;
  /** The scopes to ask for; default: the calendar alone. */
  readonly scopes?: readonly string[];
  /** Shows the address of Google's consent page to the user, or opens it. */
  readonly visit: (url: string) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** How long the user may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Google's sign-in for installed apps: the browser returns to a server on
 * this machine. State and PKCE tie the answer to this run.
 * @throws FinalError when the user declines, takes too long, or does not grant what is needed
 * @see https://developers.google.com/identity/protocols/oauth2/native-app
 */
export async function signIn({
  connection,
  account,
  scopes = [SCOPES[account]],
  visit,
  signal,
  timeoutMs,
}: SignInOptions): Promise<Grant> {
  const state = randomBytes(24).toString('base64url');
  const loopback = await listenForCode(state);
  try {
    const client = createOAuthClient(connection, loopback.redirectUri);
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    await visit(consentUrl(connection, scopes, { state, codeChallenge: codeChallenge ?? '', ...loopback }));
    const code = await withTimeout(loopback.code, timeoutMs ?? DEFAULT_TIMEOUT_MS, signal);
    const { tokens } = await client.getToken({ code, codeVerifier }).catch((failure: unknown) => {
      throw toSignInError(failure, account);
    });
    return toGrant(scopes, toRenewedTokens(tokens, tokens.refresh_token ?? null));
  } finally {
    loopback.close();
  }
}

const tokenFile = z.object({ refresh_token: z.string().min(1), scope: z.string().optional() });

/**
 * Reads a grant that was made on another machine: a refresh token, or JSON with
 * `refresh_token`, as other Google tools store it.
 * @throws FinalError
 */
export function grantFromFile(text: string): Grant {
  const file = /^[\w/.-]+$/.test(text.trim()) ? { refresh_token: text.trim() } : parseJson(text);
  const parsed = tokenFile.safeParse(file);
  if (!parsed.success) {
    throw new FinalError('token_file', 'The file contains neither a refresh token nor JSON with a "refresh_token"');
  }
  const { refresh_token, scope } = parsed.data;
  return { refreshToken: refresh_token, accessToken: null, expiresAt: null, scopes: scope?.split(' ') ?? [] };
}

function consentUrl(
  connection: GoogleConnection,
  scopes: readonly string[],
  { state, codeChallenge, redirectUri }: { state: string; codeChallenge: string; redirectUri: string },
): string {
  const url = new URL(authUrlOf(connection.tokenUrl));
  url.search = new URLSearchParams({
    client_id: connection.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    state,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
    // Without these two, Google returns no refresh token to users who consented before.
    access_type: 'offline',
    prompt: 'consent',
  }).toString();
  return url.href;
}

/** Google has a separate host for consent; the emulator serves it next to the token URL. */
const authUrlOf = (tokenUrl: string): string =>
  new URL(tokenUrl).hostname.endsWith('.googleapis.com')
    ? 'https://accounts.google.com/o/oauth2/v2/auth'
    : new URL('/o/oauth2/v2/auth', tokenUrl).href;

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, signal: AbortSignal | undefined): Promise<T> {
  const settled = new AbortController();
  const timer = sleep(timeoutMs, undefined, {
    signal: signal ? AbortSignal.any([signal, settled.signal]) : settled.signal,
  });
  const tooLate = timer.then(
    () => {
      throw new FinalError('google_sign_in', 'The sign-in was not finished in time; run the command again');
    },
    (aborted: unknown) => {
      throw signal?.reason ?? aborted;
    },
  );
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    settled.abort();
  }
}

/** Names for the message, as on the consent page. */
const SCOPE_NAMES = new Map([
  [CONTACTS_SCOPE, 'The contacts were'],
  [GMAIL_LABELS_SCOPE, 'The mailbox labels were'],
]);

function toGrant(wanted: readonly string[], tokens: ReturnType<typeof toRenewedTokens>): Grant {
  const { refreshToken, scopes } = tokens;
  // The user can clear a scope on the consent page.
  const missing = wanted.find((scope) => !scopes.includes(scope));
  if (missing !== undefined) {
    const what = SCOPE_NAMES.get(missing) ?? 'The calendar was';
    throw new FinalError('google_scope_missing', `${what} not selected on the consent page; sign in again`);
  }
  if (!refreshToken) {
    throw new FinalError(
      'google_sign_in',
      'Google returned no refresh token: remove Lockstep at https://myaccount.google.com/permissions, then sign in again',
    );
  }
  return { ...tokens, refreshToken };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
