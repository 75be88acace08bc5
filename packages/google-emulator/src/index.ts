import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiRequest, CalendarApi } from './calendar-api.ts';
import { Channels } from './channels.ts';
import { controlActions } from './control.ts';
import { type Fault, FaultPlan } from './faults.ts';
import { EmulatorHandle } from './handle.ts';
import { Journal } from './journal.ts';
import { OAuthServer } from './oauth.ts';
import { Quota, type QuotaLimits } from './quota.ts';
import { notFound, oauthRefusal, Refusal, refusal } from './refusal.ts';
import { type CalendarSeed, GoogleState } from './state.ts';

export type { Traffic } from './calendar-api.ts';
export type { FaultRule } from './faults.ts';
export type { EmulatorHandle } from './handle.ts';
export * from './model.ts';
export type { CalendarSeed, EventResource } from './state.ts';

export interface GoogleEmulatorOptions {
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly now?: () => number;
  /** Keeps calendars, events and grants over restarts, in an append-only file of JSON lines. */
  readonly dataFile?: string;
  /** Made at the first start; a user is whoever has access to one of them. */
  readonly calendars?: readonly CalendarSeed[];
  /** Pages hold no more than this. */
  readonly pageSize?: number;
  /** Every other page is empty, and yet there is a next one. */
  readonly emptyPages?: boolean;
  readonly quota?: Partial<QuotaLimits>;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly accessTokenSeconds?: number;
  /** Every refresh gives a new refresh token and ends the old one. */
  readonly rotateRefreshTokens?: boolean;
}

export interface GoogleEmulator {
  /** An origin with `/` at its end: `GOOGLE_ROOT_URL`. */
  readonly url: string;
  /** `GOOGLE_TOKEN_URL` */
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

/** One user with an own calendar, who may read the one from work. */
const DEFAULT_CALENDARS: readonly CalendarSeed[] = [
  { id: 'me@example.com', access: { 'me@example.com': 'owner' } },
  { id: 'work@example.com', access: { 'me@example.com': 'reader', 'work@example.com': 'owner' } },
];

/**
 * Google Calendar (API v3, its events and channels) and Google's sign-in, on 127.0.0.1. Where
 * Google's behaviour is not known for sure it is the stricter one.
 */
export async function startGoogleEmulator(options: GoogleEmulatorOptions = {}): Promise<GoogleEmulator> {
  const clientId = options.clientId ?? 'emulator-client';
  const clientSecret = options.clientSecret ?? 'emulator-secret';
  const now = options.now ?? Date.now;
  const state = new GoogleState(new Journal(options.dataFile), now);
  const seeds = options.calendars ?? DEFAULT_CALENDARS;
  const oauth = new OAuthServer(state, {
    clientId,
    clientSecret,
    accessTokenSeconds: options.accessTokenSeconds ?? 3599,
    rotate: options.rotateRefreshTokens ?? false,
    defaultUser: seeds[0]?.id ?? '',
  });
  const quota = new Quota({ perMinute: 10_000, perMinutePerUser: 600, status: 403, ...options.quota }, now);
  const paging = { pageSize: options.pageSize ?? 2500, emptyPages: options.emptyPages ?? false };
  const channels = new Channels(state);
  const api = new CalendarApi(state, oauth, quota, channels, paging);
  const handle = new EmulatorHandle(state, oauth, api);
  for (const seed of seeds) if (!state.calendars.get(seed.id)) handle.addCalendar(seed);

  const faults = new FaultPlan();
  const control = controlActions(handle, faults);
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  return {
    url,
    tokenUrl: `${url}token`,
    authUrl: `${url}o/oauth2/v2/auth`,
    revokeUrl: `${url}revoke`,
    clientId,
    clientSecret,
    handle,
    faults,
    channels,
    close: () =>
      new Promise((resolve) => {
        channels.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(incoming);
    const { pathname } = request.url;
    if (pathname.startsWith('/_emulator/'))
      return send(
        response,
        guarded(() => ({ status: 200, body: control(pathname.slice('/_emulator/'.length), request.body) })),
      );
    const fault = faults.strike(request.method, pathname);
    if (fault?.kind === 'delay') await sleep(fault.ms);
    if (!fault || fault.kind === 'delay')
      return send(
        response,
        guarded(() => route(request)),
      );
    if (fault.afterCommit) guarded(() => route(request));
    if (fault.kind === 'status') send(response, struck(fault, pathname));
    if (fault.kind === 'reset') response.destroy();
  }

  function route(request: ApiRequest): ApiAnswer {
    const { method, url } = request;
    const form = new URLSearchParams(request.body);
    switch (`${method} ${url.pathname}`) {
      case 'GET /o/oauth2/v2/auth':
        return { status: 302, headers: { location: oauth.authorize(url.searchParams) } };
      case 'POST /token':
        return { status: 200, body: oauth.token(form) };
      case 'POST /revoke':
        return { status: 200, body: oauth.revoke(url.searchParams.get('token') ?? form.get('token') ?? '') };
      default:
        if (url.pathname.startsWith('/calendar/v3/')) return api.answer(request);
        throw notFound();
    }
  }
}

async function receive(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  return { method: incoming.method ?? 'GET', url, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
}

function guarded(work: () => ApiAnswer): ApiAnswer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: error.body };
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { status: 500, body: refusal(500, 'backendError', message).body };
  }
}

function struck(fault: Fault & { kind: 'status' }, path: string): ApiAnswer {
  const reason = fault.reason ?? (fault.status === 429 ? 'rateLimitExceeded' : 'backendError');
  const { body } = path.startsWith('/calendar/')
    ? refusal(fault.status, reason, 'Struck by a fault of the emulator')
    : oauthRefusal(reason, 'Struck by a fault of the emulator');
  const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  return { status: fault.status, body, headers };
}

function send(response: ServerResponse, answer: ApiAnswer): void {
  response.writeHead(answer.status, {
    ...(answer.body ? { 'content-type': 'application/json; charset=UTF-8' } : {}),
    ...answer.headers,
  });
  response.end(answer.body ? JSON.stringify(answer.body) : undefined);
}
