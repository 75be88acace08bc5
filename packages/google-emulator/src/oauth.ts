import { createHash, randomBytes } from 'node:crypto';
import { oauthRefusal, refusal } from './refusal.ts';
import type { GoogleState, Grant } from './state.ts';

const CALENDAR_SCOPE = 'https://www.googleapis.com/auth/calendar';
const READING = ['', '.readonly', '.events', '.events.readonly', '.events.owned', '.events.owned.readonly'];
const WRITING = ['', '.events', '.events.owned'];

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accessTokenSeconds: number;
  /** Issues a new refresh token with every refresh and revokes the old one. */
  readonly rotate: boolean;
  /** The user who consents when a request has no `login_hint`. */
  readonly defaultUser: string;
}

interface Code {
  readonly user: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scopes: readonly string[];
  readonly offline: boolean;
}

/** Google's sign-in for installed apps. PKCE is required; Google only recommends it. */
export class OAuthServer {
  readonly #state: GoogleState;
  readonly #options: OAuthOptions;
  readonly #codes = new Map<string, Code>();

  constructor(state: GoogleState, options: OAuthOptions) {
    this.#state = state;
    this.#options = options;
  }

  /**
   * Consents at once. @returns the redirect location
   * @see https://developers.google.com/identity/protocols/oauth2/native-app
   */
  authorize(query: URLSearchParams): string {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!/^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/.test(redirectUri))
      throw oauthRefusal('redirect_uri_mismatch', 'Only loopback addresses are known to this client.');
    if (query.get('client_id') !== this.#options.clientId)
      throw oauthRefusal('invalid_client', 'The OAuth client was not found.', 401);
    if (query.get('response_type') !== 'code') throw oauthRefusal('unsupported_response_type', 'Only code.');
    const challenge = query.get('code_challenge');
    if (!challenge || query.get('code_challenge_method') !== 'S256')
      throw oauthRefusal('invalid_request', 'PKCE with S256 is required.');
    const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean);
    if (scopes.length === 0) throw oauthRefusal('invalid_scope', 'Missing required parameter: scope');

    const user = query.get('login_hint') ?? this.#options.defaultUser;
    // A refresh token is issued for offline access only, and only when the user consents.
    const consents = query.get('prompt')?.split(' ').includes('consent') || !this.#hasGrant(user);
    const code = newToken('4/0');
    const offline = query.get('access_type') === 'offline' && consents;
    this.#codes.set(code, { user, redirectUri, challenge, scopes, offline });
    const target = new URL(redirectUri);
    target.searchParams.set('code', code);
    target.searchParams.set('scope', scopes.join(' '));
    const state = query.get('state');
    if (state !== null) target.searchParams.set('state', state);
    return target.href;
  }

  token(form: URLSearchParams): object {
    const { clientId, clientSecret } = this.#options;
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret)
      throw oauthRefusal('invalid_client', 'The provided client secret is invalid.', 401);
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#redeem(form);
      case 'refresh_token':
        return this.#refresh(form.get('refresh_token') ?? '');
      default:
        throw oauthRefusal('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type')}`);
    }
  }

  revoke(token: string): object {
    const refreshToken = this.#state.accessTokens.get(token)?.refreshToken ?? token;
    const grant = this.#state.grants.get(refreshToken);
    if (!grant || grant.revoked) throw oauthRefusal('invalid_token', 'Token expired or revoked');
    this.#state.grants.set(refreshToken, { ...grant, revoked: true });
    return {};
  }

  /** Creates a refresh token, as if the user had signed in. */
  grant(user: string, scopes: readonly string[], token = newToken('1//0')): string {
    this.#state.grants.set(token, { user, scopes, clientId: this.#options.clientId, revoked: false });
    return token;
  }

  /**
   * @returns the user who sent the request
   * @throws Refusal 401, or 403 when the scopes do not allow it
   */
  authenticate(authorization: string | undefined, writes: boolean): string {
    const [, accessToken = ''] = /^Bearer (.+)$/.exec(authorization ?? '') ?? [];
    const held = this.#state.accessTokens.get(accessToken);
    const grant = held && this.#state.grants.get(held.refreshToken);
    if (!held || !grant || grant.revoked || held.expiresAt <= this.#state.now())
      throw refusal(401, 'authError', 'Invalid Credentials', 'Authorization');
    const sufficient = (writes ? WRITING : READING).map((suffix) => CALENDAR_SCOPE + suffix);
    if (!grant.scopes.some((scope) => sufficient.includes(scope)))
      throw refusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
    return grant.user;
  }

  #redeem(form: URLSearchParams): object {
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    if (!code) throw oauthRefusal('invalid_grant', 'Malformed auth code.');
    if (form.get('redirect_uri') !== code.redirectUri) throw oauthRefusal('redirect_uri_mismatch', 'Bad Request');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (challenge !== code.challenge) throw oauthRefusal('invalid_grant', 'Invalid code verifier.');
    const refreshToken = this.grant(code.user, code.scopes);
    const answer = this.#accessToken(refreshToken, code.scopes);
    return code.offline ? { ...answer, refresh_token: refreshToken } : answer;
  }

  #refresh(refreshToken: string): object {
    const grant = this.#state.grants.get(refreshToken);
    if (!grant || grant.revoked) throw oauthRefusal('invalid_grant', 'Token has been expired or revoked.');
    if (!this.#options.rotate) return this.#accessToken(refreshToken, grant.scopes);
    const rotated = this.#rotate(refreshToken, grant);
    return { ...this.#accessToken(rotated, grant.scopes), refresh_token: rotated };
  }

  /** Access tokens of the old refresh token stay valid until they expire. */
  #rotate(refreshToken: string, grant: Grant): string {
    const rotated = this.grant(grant.user, grant.scopes);
    for (const [accessToken, held] of this.#state.accessTokens.entries()) {
      if (held.refreshToken === refreshToken)
        this.#state.accessTokens.set(accessToken, { ...held, refreshToken: rotated });
    }
    this.#state.grants.set(refreshToken, { ...grant, revoked: true });
    return rotated;
  }

  #accessToken(refreshToken: string, scopes: readonly string[]): object {
    const { accessTokenSeconds } = this.#options;
    const token = newToken('ya29.');
    this.#state.accessTokens.set(token, { refreshToken, expiresAt: this.#state.now() + accessTokenSeconds * 1000 });
    return { access_token: token, expires_in: accessTokenSeconds, scope: scopes.join(' '), token_type: 'Bearer' };
  }

  #hasGrant(user: string): boolean {
    return this.#state.grants.values().some((grant) => grant.user === user && !grant.revoked);
  }
}

const newToken = (prefix: string): string => prefix + randomBytes(24).toString('base64url');
