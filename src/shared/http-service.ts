import { setMaxListeners } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError } from '../errors.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';

const DRAIN_MS = 10_000;
const CLOSE_IDLE_MS = 100;
const DEFAULT_TIMEOUT_MS = 10_000;
/** How often Node looks for connections that have taken too long. */
const CHECK_CONNECTIONS_MS = 500;
const DEFAULT_MAX_BODY_BYTES = 1_000_000;

/** Something that runs until it is stopped. */
export interface Service {
  /** A name for logs and messages. */
  readonly id: string;
  /** Resolves when it has started. */
  run(): Promise<void>;
  /** Resolves when the work in progress has ended. */
  stop(): Promise<void>;
}

export interface HttpRequest {
  readonly method: string;
  /** Only its path and query have a meaning. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** The address that the request came from; behind a proxy, the proxy's. */
  readonly remoteAddress: string;
  /** @throws HttpError (413) when the body is larger than the service allows */
  readBody(): Promise<Buffer>;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string;
}

/** A reply that is sent in parts, such as server-sent events. */
export interface HttpStream {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Called after the headers are sent, unless the client has gone or the service has stopped. */
  readonly open: (connection: StreamConnection) => void;
}

export interface StreamConnection {
  /** A client that does not read what it is sent is disconnected. */
  write(text: string): void;
  end(): void;
  /** Aborted when the client has gone, the stream has ended or the service stops. */
  readonly signal: AbortSignal;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpReply | HttpStream>;

/** A request that cannot be served. The message is shown to the client. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export interface HttpServiceOptions {
  readonly id: string;
  readonly address: ListenAddress;
  /** What sets the address, for the message that it cannot be used. */
  readonly addressSetting?: string;
  readonly handle: HttpHandler;
  /** The reply to a malformed request (HttpError), or when `handle` throws. */
  readonly replyToError?: (error: unknown, headers: IncomingHttpHeaders) => HttpReply;
  /** Why `/healthz` answers 503; null when the service is healthy. */
  readonly checkHealth?: () => string | null;
  /** Why requests with this `Host` header are refused (421); null when they are served. */
  readonly checkHost?: (host: string | undefined) => string | null;
  readonly maxBodyBytes?: number;
  /** How long a client may take to send its request. */
  readonly timeoutMs?: number;
  readonly say: (line: string) => void;
}

/** One HTTP server: limits, `/healthz`, errors, and a stop that answers the requests in progress. */
export class HttpService implements Service {
  readonly id: string;
  readonly #options: HttpServiceOptions;
  readonly #server: Server;
  /** Aborted when the service stops. */
  readonly #streams = new AbortController();
  #address: ListenAddress;

  constructor(options: HttpServiceOptions) {
    // One for each stream.
    setMaxListeners(0, this.#streams.signal);
    this.id = options.id;
    this.#options = options;
    this.#address = options.address;
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#server = createServer(
      { requestTimeout: timeoutMs, headersTimeout: timeoutMs, connectionsCheckingInterval: CHECK_CONNECTIONS_MS },
      (request, response) => {
        this.#serve(request, response).catch((error: unknown) => {
          options.say(`${this.id}: a reply could not be sent: ${error}`);
          response.destroy();
        });
      },
    );
  }

  /** The origin, with the port in use once the service runs. */
  get url(): string {
    return `http://${formatListenAddress(this.#address)}`;
  }

  /** @throws ConfigurationError when the address cannot be listened on */
  async run(): Promise<void> {
    const { address, addressSetting = '--host and --port' } = this.#options;
    try {
      this.#address = { ...address, port: await listen(this.#server, address.host, address.port) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : String(error.code);
      throw new ConfigurationError(
        `cannot listen on ${formatListenAddress(address)} (${reason}): choose another address with ${addressSetting}`,
      );
    }
  }

  /** Replies in progress are completed; streams end at once. */
  stop(): Promise<void> {
    this.#streams.abort();
    return drain(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await this.#answer(request).catch((error: unknown) => this.#replyToError(error, request));
    if (!this.#server.listening || 'open' in reply) response.setHeader('connection', 'close');
    response.writeHead(reply.status, reply.headers);
    if ('body' in reply) response.end(reply.body);
    else if (request.method === 'HEAD') response.end();
    else openStream(reply, response, this.#streams.signal);
  }

  async #answer(request: IncomingMessage): Promise<HttpReply | HttpStream> {
    const { handle, checkHost, maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = this.#options;
    const { method = 'GET', headers } = request;
    const url = urlOf(request);
    if (url.pathname === '/healthz') return this.#health(method);
    const refusal = checkHost?.(headers.host) ?? null;
    if (refusal !== null) throw new HttpError(421, refusal);
    const readWhole = async (): Promise<Buffer> => {
      const body = await readBody(request, maxBodyBytes);
      if (body === null) throw new HttpError(413, `the request has more than ${maxBodyBytes} bytes`);
      return body;
    };
    const remoteAddress = request.socket.remoteAddress ?? '';
    return handle({ method, url, headers, remoteAddress, readBody: readWhole });
  }

  #health(method: string): HttpReply {
    requireMethod(method, 'GET');
    const problem = this.#options.checkHealth?.() ?? null;
    return problem === null ? textReply(200, 'ok', ONCE) : textReply(503, problem, ONCE);
  }

  #replyToError(error: unknown, { headers }: IncomingMessage): HttpReply {
    const { replyToError, say } = this.#options;
    if (replyToError) return replyToError(error, headers);
    if (error instanceof HttpError) return textReply(error.status, error.message, error.headers);
    say(`${this.id}: a request failed: ${error instanceof Error ? error.message : error}`);
    return textReply(503, 'temporarily unavailable: try again');
  }
}

function openStream({ open }: HttpStream, response: ServerResponse, stopped: AbortSignal): void {
  if (stopped.aborted || response.destroyed) {
    response.end();
    return;
  }
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const end = (): void => {
    response.end();
    closed.abort();
  };
  stopped.addEventListener('abort', end, { once: true, signal: closed.signal });
  response.flushHeaders();
  const write = (text: string): void => {
    if (!closed.signal.aborted && !response.write(text)) response.destroy();
  };
  open({ write, end, signal: closed.signal });
}

export const textReply = (status: number, text: string, headers: OutgoingHttpHeaders = {}): HttpReply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body: `${text}\n`,
});

/** For probes: a connection that is kept open between them delays the end of the process. */
export const ONCE: OutgoingHttpHeaders = { connection: 'close' };

export interface HttpRoute {
  readonly method: 'GET' | 'POST';
  readonly handle: HttpHandler;
}

/** Serves fixed paths. It throws HttpError for another path (404) or method (405). */
export const routeByPath =
  (routes: Readonly<Record<string, HttpRoute>>): HttpHandler =>
  async (request) => {
    const { pathname } = request.url;
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) throw new HttpError(404, 'not found');
    requireMethod(request.method, route.method);
    return route.handle(request);
  };

/** @throws HttpError (405); HEAD counts as GET */
export function requireMethod(method: string, allowed: 'GET' | 'POST'): void {
  if ((method === 'HEAD' ? 'GET' : method) === allowed) return;
  throw new HttpError(405, `only ${allowed} is allowed`, { allow: allowed });
}

/** The path starts with one slash: `//host` in a redirect would lead to another server. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://localhost';
  if (!url.startsWith('/') || !URL.canParse(url, base)) throw new HttpError(400, 'malformed request');
  const parsed = new URL(base);
  const [path = '/', ...query] = url.split('?');
  parsed.pathname = path;
  parsed.search = query.join('?');
  // Dots in the path can leave two slashes at its beginning.
  parsed.pathname = parsed.pathname.replace(/^\/+/, '/');
  return parsed;
}

/** @returns the port in use */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port); // a TCP server has one
    });
  });
}

/** Answers the requests in progress, and accepts no others. */
export async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection that is kept alive becomes idle only after its reply.
  const closer = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  const killer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(closer);
  clearTimeout(killer);
}

/** @returns null when the body has more than `maxBytes`. The rest is discarded as it comes, so that the client can read the reply. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) resolve(null);
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}
