import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../config.ts';
import { isSameSecret } from '../../shared/secrets.ts';

const COOKIE = 'lockstep_dashboard';
const LASTS_S = 30 * 24 * 60 * 60;

/** Who may see the dashboard, and whose forms are believed. */
export class Access {
  readonly #token: string | undefined;
  readonly #session: string;
  /** Forms of an earlier process are not believed. */
  readonly #formKey = randomBytes(32);

  /** @param token asked for when given; without one, only names of this machine are answered to */
  constructor(token: string | undefined) {
    this.#token = token;
    this.#session = token === undefined ? '' : digest(token, 'session');
  }

  get asksForToken(): boolean {
    return this.#token !== undefined;
  }

  /**
   * Without a token, a page elsewhere whose name was made to lead to this machine (DNS rebinding) must learn nothing.
   * With one, its browser has no cookie for that name.
   */
  isHostKnown({ headers }: IncomingMessage): boolean {
    const origin = `http://${headers.host ?? ''}`;
    return this.asksForToken || (URL.canParse(origin) && isLoopback(origin));
  }

  isToken(text: string): boolean {
    return this.#token !== undefined && isSameSecret(text, this.#token);
  }

  isSignedIn({ headers }: IncomingMessage): boolean {
    return !this.asksForToken || isSameSecret(cookieOf(headers.cookie), this.#session);
  }

  /** For whoever knows the token: a cookie that proves it and does not hold it. */
  signIn(request: IncomingMessage): string {
    return `${COOKIE}=${this.#session}; Max-Age=${LASTS_S}; ${attributes(request)}`;
  }

  signOut(request: IncomingMessage): string {
    return `${COOKIE}=; Max-Age=0; ${attributes(request)}`;
  }

  /** What a form of ours carries. */
  get formToken(): string {
    return digest(this.#formKey, this.#session);
  }

  isFormToken(text: string): boolean {
    return isSameSecret(text, this.formToken);
  }
}

/** Whether a form was sent from a page of the very server that it is sent to: browsers say so with every POST. */
export function isFromOurPage({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

const digest = (key: string | Buffer, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

const cookieOf = (header = ''): string =>
  header
    .split(';')
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1) ?? '';

/** `Lax`: whoever follows a link from elsewhere is still signed in. Behind a proxy that speaks HTTPS, over that alone. */
const attributes = ({ headers }: IncomingMessage): string =>
  `Path=/; HttpOnly; SameSite=Lax${headers['x-forwarded-proto'] === 'https' ? '; Secure' : ''}`;
