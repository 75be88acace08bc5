import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../../shared/loopback.ts';
import { isSameSecret } from '../../shared/secrets.ts';

const COOKIE = 'lockstep_dashboard';
const MAX_AGE_S = 30 * 24 * 60 * 60;

/** Who may see the dashboard, and which forms are accepted. */
export class Access {
  readonly #token: string | undefined;
  /** When each ended session would have expired anyway. */
  readonly #ended = new Map<string, number>();
  /** New for each process: forms of an earlier one are refused. */
  readonly #formKey = randomBytes(32);

  /** @param token required of visitors; undefined when none is set */
  constructor(token: string | undefined) {
    this.#token = token;
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
    return !this.asksForToken || this.#isSession(sessionIn(cookie));
  }

  /** A cookie that proves knowledge of the token without containing it. */
  signIn(headers: IncomingHttpHeaders): string {
    const content = `${randomBytes(16).toString('base64url')}.${Math.floor(Date.now() / 1_000) + MAX_AGE_S}`;
    return `${COOKIE}=${content}.${this.#sign(content)}; Max-Age=${MAX_AGE_S}; ${attributes(headers)}`;
  }

  /** Ends the session, also for those who have a copy of its cookie. */
  signOut(headers: IncomingHttpHeaders): string {
    const now = Date.now() / 1_000;
    for (const [session, expiry] of this.#ended) if (expiry < now) this.#ended.delete(session);
    const session = sessionIn(headers.cookie);
    if (this.#isSession(session)) this.#ended.set(session, expiryOf(session));
    return `${COOKIE}=; Max-Age=0; ${attributes(headers)}`;
  }

  /** A hidden field of every form. */
  get formToken(): string {
    return digest(this.#formKey, 'form');
  }

  /** Signed with a key of this process, too: a restart ends all sessions, so that an ended one does not come back. */
  #sign(content: string): string {
    return digest(this.#formKey, `${content} ${this.#token ?? ''}`);
  }

  #isSession(session: string): boolean {
    const end = session.lastIndexOf('.');
    const isOurs = end > 0 && isSameSecret(session.slice(end + 1), this.#sign(session.slice(0, end)));
    return isOurs && !this.#ended.has(session) && expiryOf(session) > Date.now() / 1_000;
  }

  isFormToken(text: string): boolean {
    return isSameSecret(text, this.formToken);
  }
}

/** Whether a form was sent from a page of this server: browsers send `Origin` with every POST. */
export function isFromOurPage({ origin, host }: IncomingHttpHeaders): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

const expiryOf = (session: string): number => Number(session.split('.')[1] ?? 0);

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
