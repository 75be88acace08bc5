import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen, readBody } from '../../../../src/shared/http-service.ts';

/** A fault of the next request. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter?: string; readonly body?: object }
  | { readonly kind: 'drop' };

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A response; thrown if the request does not match the service's reference. */
export class Answer extends Error {
  readonly status: number;
  readonly body: object | null;

  constructor(status: number, body: object | null) {
    super(`${status}`);
    this.status = status;
    this.body = body;
  }
}

export interface StandIn {
  /** An origin, without `/` at its end. */
  readonly url: string;
  /** Method, path and query of all requests, including those with a fault. */
  readonly requests: string[];
  /** Faults of the next requests, in order. */
  readonly faults: Fault[];
  /** Called during each request. */
  during: () => unknown;
  close(): Promise<void>;
}

/** A local server that responds with `answer`, and with 418 to unexpected requests. */
export async function startStandIn(answer: (asked: Asked) => Answer): Promise<StandIn> {
  const requests: string[] = [];
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    void respond(request, response);
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    await standIn.during();
    const fault = faults.shift();
    if (fault?.kind === 'drop') return void request.socket.destroy();
    const body = (await readBody(request, 100_000))?.toString() ?? '';
    const { status, body: said } = fault
      ? new Answer(fault.status, fault.body ?? {})
      : answered(answer, { request, url, body });
    const headers = fault?.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(said === null ? undefined : JSON.stringify(said));
  };
  const port = await listen(server, '127.0.0.1', 0);
  const standIn: StandIn = {
    url: `http://127.0.0.1:${port}`,
    requests,
    faults,
    during: () => undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return standIn;
}

function answered(
  answer: (asked: Asked) => Answer,
  { request, url, body }: { request: IncomingMessage; url: URL; body: string },
): Answer {
  try {
    return answer({ method: request.method ?? '', url, headers: request.headers, body });
  } catch (error) {
    return error instanceof Answer ? error : new Answer(418, { unexpected: String(error) });
  }
}

/** @throws if the query has an unknown or repeated parameter, or lacks a required one */
export function checkQuery({ url }: Asked, needed: readonly string[], optional: readonly string[] = []): void {
  const names = [...url.searchParams.keys()];
  const unknown = names.find(
    (name, at) => (!needed.includes(name) && !optional.includes(name)) || names.indexOf(name) !== at,
  );
  if (unknown !== undefined) throw new Error(`unexpected ${unknown}`);
  const missing = needed.find((name) => !names.includes(name));
  if (missing !== undefined) throw new Error(`${missing} is missing`);
}
