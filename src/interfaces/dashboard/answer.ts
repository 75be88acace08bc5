import type { IncomingMessage } from 'node:http';
import { FinalError, LockstepError } from '../../errors.ts';
import { Access, isFromOurPage } from './access.ts';
import { readForm } from './form.ts';
import { messagePage, signInPage } from './pages/plain.ts';
import { file, page, type Reply, redirect } from './reply.ts';
import { type Route, routes, type Sources } from './routes.ts';
import { ICON, STYLE } from './style.ts';
import type { TemporalLinks } from './temporal-links.ts';
import type { View } from './view.ts';

export interface AnswerOptions extends Sources {
  /** Asked for when given. */
  readonly token: string | undefined;
  readonly timeZone: string;
  /** Null where the address of Temporal's Web UI is not known. */
  readonly links: TemporalLinks | null;
  readonly say: (line: string) => void;
}

/** What the dashboard replies to requests: who asks, then what for. */
export class Answers {
  readonly #options: AnswerOptions;
  readonly #access: Access;
  readonly #routes: readonly Route[];

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#access = new Access(options.token);
    const signOut: Route = {
      method: 'POST',
      path: /^\/sign-out$/,
      handle: async ({ request }) => redirect('/', { 'set-cookie': this.#access.signOut(request) }),
    };
    this.#routes = [...routes(options), signOut];
  }

  /** Whatever happens, there is a page that says so. */
  async to(request: IncomingMessage): Promise<Reply> {
    try {
      return await this.#answer(request);
    } catch (error) {
      const view = this.#access.isSignedIn(request) ? this.#view() : null;
      if (error instanceof LockstepError) return page(messagePage('Not now', error.message, view), statusOf(error));
      this.#options.say(`unexpected: ${error instanceof Error ? error.stack : error}`);
      return page(messagePage('A fault of ours', 'It stands on standard error; please report it.', view), 500);
    }
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    const url = urlOf(request);
    const open = url && Object.hasOwn(OPEN, url.pathname) && OPEN[url.pathname];
    if (open) return open;
    if (!this.#access.isHostKnown(request)) return stranger(421, WRONG_HOST);
    if (!url) return stranger(404, NOTHING_HERE);
    const form = await readForm(request);
    if (!form) return stranger(413, 'No form of ours is that large.');
    const signingIn = this.#signIn(request, url, form);
    if (signingIn) return signingIn;
    return this.#access.isSignedIn(request) ? this.#route(request, url, form) : page(signInPage(false), 401);
  }

  /** By a link that holds the token, or by the form. */
  #signIn(request: IncomingMessage, url: URL, form: URLSearchParams): Reply | null {
    if (!this.#access.asksForToken) return null;
    const isForm = url.pathname === '/sign-in';
    const inLink = url.searchParams.get('token');
    if (inLink === null && !isForm) return null;
    if (inLink === null && request.method !== 'POST') return redirect('/');
    if (inLink === null && !isFromOurPage(request)) return stranger(403, FOREIGN_FORM);
    if (!this.#access.isToken(inLink ?? form.get('token') ?? '')) return page(signInPage(true), 401);
    url.searchParams.delete('token');
    return redirect(isForm ? '/' : url.pathname + url.search, { 'set-cookie': this.#access.signIn(request) });
  }

  async #route(request: IncomingMessage, url: URL, form: URLSearchParams): Promise<Reply> {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const fitting = this.#routes.filter(({ path }) => path.test(url.pathname));
    if (fitting.length === 0) return this.#message(404, 'Not found', NOTHING_HERE);
    const route = fitting.find((candidate) => candidate.method === method);
    if (!route) {
      const allow = fitting.map((candidate) => candidate.method).join(', ');
      const reply = this.#message(405, 'Not so', `Only ${allow} is answered here.`);
      return { ...reply, headers: { ...reply.headers, allow } };
    }
    if (method === 'POST' && !(isFromOurPage(request) && this.#access.isFormToken(form.get('form') ?? ''))) {
      return this.#message(403, 'Not taken', FOREIGN_FORM);
    }
    const [, part = ''] = route.path.exec(url.pathname) ?? [];
    return route.handle({ request, part, query: url.searchParams, form, view: this.#view() });
  }

  #message(status: number, title: string, message: string): Reply {
    return page(messagePage(title, message, this.#view()), status);
  }

  #view(): View {
    const { timeZone, links } = this.#options;
    const { formToken, asksForToken } = this.#access;
    return { now: new Date(), timeZone, formToken, isSignedIn: asksForToken, temporal: links };
  }
}

/** Shown to everybody. */
const OPEN: Readonly<Record<string, Reply>> = {
  '/healthz': file('text/plain; charset=utf-8', 'ok\n'),
  '/style.css': file('text/css; charset=utf-8', STYLE),
  '/icon.svg': file('image/svg+xml', ICON),
};

const NOTHING_HERE = 'There is nothing here.';
const WRONG_HOST =
  'Without LOCKSTEP_DASHBOARD_TOKEN the dashboard is only shown under a name of this machine, such as 127.0.0.1.';
const FOREIGN_FORM =
  'That form did not come from a page of this dashboard as it runs now: load the page again, and try again.';

/** For whoever may not see the navigation. */
const stranger = (status: number, message: string): Reply => page(messagePage('Not taken', message, null), status);

/** Its path has one slash at the start: more of them would lead a redirect to another server. */
function urlOf({ url = '/' }: IncomingMessage): URL | null {
  const path = url.replace(/^\/+/, '/');
  return URL.canParse(path, 'http://localhost') ? new URL(path, 'http://localhost') : null;
}

const UNKNOWN = new Set(['conflict_unknown', 'conflict_ambiguous', 'unknown_entity']);

/** What cannot be done is the visitor's to change, or time's. */
function statusOf(error: LockstepError): number {
  if (UNKNOWN.has(error.code)) return 404;
  return error instanceof FinalError && error.code !== 'schema_missing' ? 409 : 503;
}
