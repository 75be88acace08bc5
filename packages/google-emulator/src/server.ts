import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiRequest, CalendarApi } from './calendar-api.ts';
import { Channels } from './channels.ts';
import { answerControl, sendPage } from './control-server.ts';
import { type Fault, FaultPlan } from './faults.ts';
import { EmulatorHandle } from './handle.ts';
import { answerOf, isLocal, isLoopback, readRequest, send, TIMEOUTS } from './http.ts';
import { Journal } from './journal.ts';
import { OAuthServer } from './oauth.ts';
import { Quota, type QuotaLimits } from './quota.ts';
import { notFound, oauthRefusal, refusal } from './refusal.ts';
import { type CalendarSeed, GoogleState } from './state.ts';

export interface GoogleEmulatorOptions {
  /** 0, the default, chooses a free port. */
  readonly port?: number;
  /** A loopback address; 127.0.0.1 by default. */
  readonly host?: string;
  readonly now?: () => number;
  /** Stores calendars, events and grants in this append-only file of JSON lines. When omitted, they are lost on exit. */
  readonly dataFile?: string;
  /** Created at the first start. Everyone who has access to one of them is a user. */
  readonly calendars?: readonly CalendarSeed[];
  /** The most events on one page of a list, whatever `maxResults` is. */
  readonly pageSize?: number;
  /** Makes every other page of a list empty, with a token for the next page. */
  readonly emptyPages?: boolean;
  readonly quota?: Partial<QuotaLimits>;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly accessTokenSeconds?: number;
  /** Issues a new refresh token with every refresh and revokes the old one. */
  readonly rotateRefreshTokens?: boolean;
}

export interface GoogleEmulator {
  /** The origin with a trailing `/`: the client's `rootUrl`, and the web page. */
  readonly url: string;
  /** Where refresh tokens are exchanged. */
  readonly tokenUrl: string;
  readonly authUrl: string;
  readonly revokeUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly handle: EmulatorHandle;
  readonly faults: FaultPlan;
  readonly channels: Channels;
  close(): Promise<void>;
}

/** One user with their own calendar, who can read a second calendar. */
const DEFAULT_CALENDARS: readonly CalendarSeed[] = [
  { id: 'me@example.com', access: { 'me@example.com': 'owner' } },
  { id: 'work@example.com', access: { 'me@example.com': 'reader', 'work@example.com': 'owner' } },
];

/**
 * Starts a local server for the events and channels of Google Calendar API v3
 * and for Google's sign-in, with a web page of the calendars at `/`. Where
 * Google's behaviour is not documented, the emulator is the stricter one.
 * @throws Error when the port is in use or the host is not a loopback address
 */
export async function startGoogleEmulator(options: GoogleEmulatorOptions = {}): Promise<GoogleEmulator> {
  const { host = '127.0.0.1', port: wantedPort = 0 } = options;
  if (!isLoopback(host)) throw new Error(`host ${host} is not a loopback address`);
  const google = new GoogleServer(options);
  const server = createServer(TIMEOUTS, (incoming, response) => {
    google.serve(incoming, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wantedPort, host, resolve);
  });
  const { port } = server.address() as AddressInfo; // a listening TCP server always has one
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  const { clientId, clientSecret, handle, faults, channels } = google;
  return {
    url,
    tokenUrl: `${url}token`,
    authUrl: `${url}o/oauth2/v2/auth`,
    revokeUrl: `${url}revoke`,
    ...{ clientId, clientSecret, handle, faults, channels },
    close: () =>
      new Promise((resolve) => {
        channels.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The parts of the emulator, and the request handler that connects them. */
class GoogleServer {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly handle: EmulatorHandle;
  readonly faults = new FaultPlan();
  readonly channels: Channels;
  readonly #oauth: OAuthServer;
  readonly #api: CalendarApi;

  constructor(options: GoogleEmulatorOptions) {
    this.clientId = options.clientId ?? 'emulator-client';
    this.clientSecret = options.clientSecret ?? 'emulator-secret';
    const now = options.now ?? Date.now;
    const state = new GoogleState(new Journal(options.dataFile), now);
    const seeds = options.calendars ?? DEFAULT_CALENDARS;
    this.#oauth = new OAuthServer(state, {
      clientId: this.clientId,
      clientSecret: this.clientSecret,
      accessTokenSeconds: options.accessTokenSeconds ?? 3599,
      rotate: options.rotateRefreshTokens ?? false,
      defaultUser: seeds[0]?.id ?? '',
    });
    const quota = new Quota({ perMinute: 10_000, perMinutePerUser: 600, status: 403, ...options.quota }, now);
    const paging = { pageSize: options.pageSize ?? 2500, emptyPages: options.emptyPages ?? false };
    this.channels = new Channels(state);
    this.#api = new CalendarApi(state, this.#oauth, quota, this.channels, paging);
    this.handle = new EmulatorHandle(state, this.#oauth, this.#api);
    for (const seed of seeds) if (!state.calendars.get(seed.id)) this.handle.addCalendar(seed);
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isLocal(incoming)) {
      const body = { error: 'the emulator accepts requests from this machine only' };
      return send(response, { status: 403, body });
    }
    if (!URL.canParse(incoming.url ?? '/', 'http://127.0.0.1')) {
      return send(response, { status: 400, body: { error: 'malformed request' } });
    }
    const request = await readRequest(incoming);
    if (request === null) return send(response, { status: 413, body: { error: 'the request is too large' } });
    const { pathname } = request.url;
    if (request.method === 'GET' && pathname === '/') return sendPage(response);
    if (pathname.startsWith('/_emulator/')) {
      return send(response, answerControl({ handle: this.handle, faults: this.faults }, request));
    }
    const fault = this.faults.take(request.method, pathname);
    if (fault?.kind === 'delay') await sleep(fault.ms);
    if (!fault || fault.kind === 'delay') return send(response, this.#answer(request));
    if (fault.afterCommit) this.#answer(request);
    if (fault.kind === 'status') send(response, faultAnswer(fault, pathname));
    if (fault.kind === 'reset') response.destroy();
  }

  #answer(request: ApiRequest): ApiAnswer {
    return answerOf(() => this.#route(request));
  }

  /** @throws Refusal */
  #route(request: ApiRequest): ApiAnswer {
    const { method, url } = request;
    const form = new URLSearchParams(request.body);
    switch (`${method} ${url.pathname}`) {
      case 'GET /o/oauth2/v2/auth':
        return { status: 302, headers: { location: this.#oauth.authorize(url.searchParams) } };
      case 'POST /token':
        return { status: 200, body: this.#oauth.token(form) };
      case 'POST /revoke':
        return { status: 200, body: this.#oauth.revoke(url.searchParams.get('token') ?? form.get('token') ?? '') };
      default:
        if (url.pathname.startsWith('/calendar/v3/')) return isJson(request) ? this.#api.answer(request) : UNSUPPORTED;
        throw notFound();
    }
  }
}

/** A web page can send other types without asking first (CORS). */
const isJson = ({ headers, body }: ApiRequest): boolean =>
  body === '' || /^application\/json\b/.test(String(headers['content-type'] ?? ''));

const UNSUPPORTED: ApiAnswer = { status: 415, body: refusal(415, 'badRequest', 'Send application/json').body };

function faultAnswer(fault: Fault & { kind: 'status' }, path: string): ApiAnswer {
  const reason = fault.reason ?? (fault.status === 429 ? 'rateLimitExceeded' : 'backendError');
  const message = 'Planned fault of the emulator';
  const { body } = path.startsWith('/calendar/')
    ? refusal(fault.status, reason, message)
    : oauthRefusal(reason, message);
  const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  return { status: fault.status, body, headers };
}
