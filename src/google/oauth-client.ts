import { auth } from '@googleapis/calendar';
import { toSignInError } from './google-errors.ts';
import type { Account, Grant, RenewedTokens } from './grant.ts';

/** Where the Google clients send their requests, and the OAuth client they use. */
export interface GoogleConnection {
  readonly clientId: string;
  readonly clientSecret: string;
  /** An origin with `/` at its end. */
  readonly rootUrl: string;
  readonly tokenUrl: string;
}

const REQUEST_TIMEOUT_MS = 30_000;

export type OAuthClient = InstanceType<typeof auth.OAuth2>;

/** Google's OAuth client without its own retries, which would repeat even POST requests. */
export function createOAuthClient(
  { clientId, clientSecret, tokenUrl }: GoogleConnection,
  redirectUri?: string,
): OAuthClient {
  const client = new auth.OAuth2({
    clientId,
    clientSecret,
    ...(redirectUri ? { redirectUri } : {}),
    endpoints: { oauth2TokenUrl: tokenUrl },
    transporterOptions: { timeout: REQUEST_TIMEOUT_MS },
  });
  client.transporter.interceptors.request.add({
    resolved: async (options) => {
      options.retry = false;
      delete options.retryConfig;
      return options;
    },
  });
  return client;
}

/**
 * Exchanges the refresh token for a new access token.
 * @throws FinalError `google_signed_out` once Google no longer accepts it
 */
export async function refreshGrant(
  connection: GoogleConnection,
  account: Account,
  grant: Grant,
): Promise<RenewedTokens> {
  const client = createOAuthClient(connection);
  client.setCredentials({ refresh_token: grant.refreshToken });
  let rotated: string | null = null;
  // Only this event shows the refresh token of the answer; afterwards the library fills in the old one.
  client.on('tokens', (tokens) => {
    rotated = tokens.refresh_token ?? null;
  });
  try {
    const { credentials } = await client.refreshAccessToken();
    return toRenewedTokens(credentials, rotated);
  } catch (failure) {
    throw toSignInError(failure, account);
  }
}

interface Credentials {
  readonly access_token?: string | null;
  readonly expiry_date?: number | null;
  readonly scope?: string;
}

export const toRenewedTokens = (credentials: Credentials, refreshToken: string | null): RenewedTokens => ({
  accessToken: credentials.access_token ?? '',
  expiresAt: new Date(credentials.expiry_date ?? 0),
  refreshToken,
  scopes: credentials.scope?.split(' ').filter(Boolean) ?? [],
});
