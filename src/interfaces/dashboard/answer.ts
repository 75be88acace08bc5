import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { FinalError, LockstepError } from '../../errors.ts';
import { FailedAttempts } from '../../shared/failed-attempts.ts';
import { HttpError, type HttpReply, type HttpRequest, type HttpStream } from '../../shared/http-service.ts';
import { Access, isFromOurPage } from './access.ts';
import { LIVE_SCRIPT } from './live-script.ts';
import { messagePage, signInPage } from './pages/plain.ts';
import { file, page, redirect } from './reply.ts';
import { routes } from './routes/index.ts';
import type { Route, Sources } from './routes/route.ts';
import { ICON, STYLE } from './style.ts';
import type { TemporalLinks } from './temporal-links.ts';
import type { View } from './view.ts';

export interface AnswerOptions extends Sources {
  /** Required of visitors; undefined when none is set. */
  readonly token: string | undefined;
  readonly timeZone: string;
  /** Null when the address of Temporal's Web UI is not known. */
  readonly links: TemporalLinks | null;
}

/** The dashboard's replies: first who asks is checked, then the page is made. */
export class Answers {
  readonly #options: AnswerOptions;
  readonly #access: Access;
  readonly #failed: FailedAttempts;
  readonly #routes: readonly Route[];

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#access = new Access(options.token);
    this.#failed = new FailedAttempts((line) => options.say(`dashboard: ${line}`));
    const signOut: Route = {
      method: 'POST',
      path: /^\/sign-out$/,
      handle: async ({ request }) => redirect('/', { 'set-cookie': this.#access.signOut(request.headers) }),
    };
    this.#routes = [...routes(options), signOut];
  }

  /** @returns why the `Host` header is refused, or null */
  checkHost(host: string | undefined): string | null {
    return this.#access.isHostKnown(host) ? null : UNKNOWN_HOST;
  }

  async answer(request: HttpRequest): Promise<HttpReply | HttpStream> {
    const { url, headers } = request;
    const asset = Object.hasOwn(ASSETS, url.pathname) && ASSETS[url.pathname];
    if (asset) return asset;
    const form = await readForm(request);
    const signingIn = this.#signIn(request, form);
    if (signingIn) return signingIn;
    return this.#access.isSignedIn(headers) ? this.#route(request, form) : page(signInPage(false), 401);
  }

  /** A page that says what went wrong. */
  answerError(error: unknown, headers: IncomingHttpHeaders): HttpReply {
    if (error instanceof HttpError) return refusal(error.status, error.message, error.headers);
    const view = this.#access.isSignedIn(headers) ? this.#view() : null;
    if (error instanceof LockstepError) {
      return page(messagePage('Request failed', error.message, view), statusOf(error));
    }
    this.#options.say(`unexpected: ${error instanceof Error ? error.stack : error}`);
    return page(messagePage('Internal error', 'See the log of the dashboard.', view), 500);
  }

  /** By a link that holds the token, or by the form. */
  #signIn({ url, method, headers, remoteAddress }: HttpRequest, form: URLSearchParams): HttpReply | null {
    if (!this.#access.asksForToken) return null;
    const isForm = url.pathname === '/sign-in';
    const inLink = url.searchParams.get('token');
    if (inLink === null && !isForm) return null;
    if (inLink === null && method !== 'POST') return redirect('/');
    if (inLink === null && !isFromOurPage(headers)) return refusal(403, FOREIGN_FORM);
    this.#failed.check(remoteAddress);
    if (!this.#access.isToken(inLink ?? form.get('token') ?? '')) {
      this.#failed.add(remoteAddress);
      return page(signInPage(true), 401);
    }
    const target = new URL(url);
    target.searchParams.delete('token');
    return redirect(isForm ? '/' : target.pathname + target.search, { 'set-cookie': this.#access.signIn(headers) });
  }

  async #route(request: HttpRequest, form: URLSearchParams): Promise<HttpReply | HttpStream> {
    const { url, headers } = request;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const matching = this.#routes.filter(({ path }) => path.test(url.pathname));
    if (matching.length === 0) return this.#message(404, 'Not found', NOT_FOUND);
    const route = matching.find((candidate) => candidate.method === method);
    if (!route) {
      const allow = matching.map((candidate) => candidate.method).join(', ');
      return this.#message(405, 'Method not allowed', `Only ${allow} is allowed here.`, { allow });
    }
    if (method === 'POST' && !(isFromOurPage(headers) && this.#access.isFormToken(form.get('form') ?? ''))) {
      return this.#message(403, 'Form refused', FOREIGN_FORM);
    }
    const parts = (route.path.exec(url.pathname) ?? []).slice(1).map(decodePart);
    const [part = ''] = parts;
    // PostgreSQL has no text with this character.
    if ([...parts, ...url.searchParams.values(), ...form.values()].some((text) => text.includes('\0'))) {
      return this.#message(404, 'Not found', NOT_FOUND);
    }
    const isStillSignedIn = (): boolean => this.#access.isSignedIn(headers);
    return route.handle({ request, part, parts, query: url.searchParams, form, view: this.#view(), isStillSignedIn });
  }

  #message(status: number, title: string, message: string, headers: OutgoingHttpHeaders = {}): HttpReply {
    return page(messagePage(title, message, this.#view()), status, headers);
  }

  #view(): View {
    const { timeZone, links } = this.#options;
    const { formToken, asksForToken } = this.#access;
    return { now: new Date(), timeZone, formToken, isSignedIn: asksForToken, temporal: links };
  }
}

/** Served to visitors who have not signed in, too. */
const ASSETS: Readonly<Record<string, HttpReply>> = {
  '/live.js': file('text/javascript; charset=utf-8', LIVE_SCRIPT),
  '/style.css': file('text/css; charset=utf-8', STYLE),
  '/icon.svg': file('image/svg+xml', ICON),
};

const NOT_FOUND = 'There is no such page.';
const UNKNOWN_HOST =
  'Without LOCKSTEP_DASHBOARD_TOKEN, the dashboard is served only under a name of this machine, such as 127.0.0.1.';
const FOREIGN_FORM = 'The form did not come from a current page of this dashboard. Reload the page and try again.';

/** Without the navigation, which is for visitors who have signed in. */
const refusal = (status: number, message: string, headers: OutgoingHttpHeaders = {}): HttpReply =>
  page(messagePage('Request refused', message, null), status, headers);

async function readForm({ method, readBody }: HttpRequest): Promise<URLSearchParams> {
  return method === 'POST' ? new URLSearchParams((await readBody()).toString()) : new URLSearchParams();
}

/** A part of a path; an invalid one names nothing. */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const UNKNOWN: ReadonlySet<string> = new Set([
  ...['conflict_unknown', 'conflict_ambiguous', 'approval_unknown', 'unknown_entity'],
  ...['row_unknown', 'cycle_unknown', 'change_unknown', 'unknown_chore', 'unknown_log'],
]);

/** 409 where the visitor can change something, 503 where waiting may help. */
function statusOf(error: LockstepError): number {
  if (UNKNOWN.has(error.code)) return 404;
  return error instanceof FinalError && error.code !== 'schema_missing' ? 409 : 503;
}
