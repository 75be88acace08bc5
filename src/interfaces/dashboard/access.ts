import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../../shared/loopback.ts';
import { isSameSecret } from '../../shared/secrets.ts';

const COOKIE = 'lockstep_dashboard';
const MAX_AGE_S = 30 * 24 * 60 * 60;

/** Who may see the dashboard, and which forms are accepted. */
export class Access {
  readonly #token: string | undefined;
  readonly #session: string;
  /** New for each process: forms of an earlier one are refused. */
  readonly #formKey = randomBytes(32);

  /** @param token required of visitors; undefined when none is set */
  constructor(token: string | undefined) {
    this.#token = token;
    this.#session = token === undefined ? '' : digest(token, 'session');
  }

  get asksForToken(): boolean {
    return this.#token !== undefined;
  }

  /**
   * Without a token, only host names of this machine are served: another site may point its own name here (DNS
   * rebinding) to read the pages. With a token, the browser has no cookie for that name.
   */
  isHostKnown(host = ''): boolean {
    const origin = `http://${host}`;
    return this.asksForToken || (URL.canParse(origin) && isLoopback(origin));
  }

  isToken(text: string): boolean {
    return this.#token !== undefined && isSameSecret(text, this.#token);
  }

  isSignedIn({ cookie }: IncomingHttpHeaders): boolean {
    return !this.asksForToken || isSameSecret(sessionIn(cookie), this.#session);
  }

  /** A cookie that proves knowledge of the token without containing it. */
  signIn(headers: IncomingHttpHeaders): string {
    return `${COOKIE}=${this.#session}; Max-Age=${MAX_AGE_S}; ${attributes(headers)}`;
  }

  signOut(headers: IncomingHttpHeaders): string {
    return `${COOKIE}=; Max-Age=0; ${attributes(headers)}`;
  }

  /** A hidden field of every form. */
  get formToken(): string {
    return digest(this.#formKey, this.#session);
  }

  isFormToken(text: string): boolean {
    return isSameSecret(text, this.formToken);
  }
}

/** Whether a form was sent from a page of this server: browsers send `Origin` with every POST. */
export function isFromOurPage({ origin, host }: IncomingHttpHeaders): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

const digest = (key: string | Buffer, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

const sessionIn = (header = ''): string =>
  header
    .split(';')
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1) ?? '';

/** `Lax` keeps a visitor signed in who follows a link from another site. `Secure` is set behind a proxy with HTTPS. */
const attributes = (headers: IncomingHttpHeaders): string =>
  `Path=/; HttpOnly; SameSite=Lax${headers['x-forwarded-proto'] === 'https' ? '; Secure' : ''}`;
