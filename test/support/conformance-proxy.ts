import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Description } from '../conformance/exchange.ts';

/** A proxy in front of an emulator. It checks every exchange against the service's published description. */
export interface ConformanceProxy {
  /** An origin, without a trailing `/`. */
  readonly url: string;
  /** The names of the requested operations. */
  readonly exercised: ReadonlySet<string>;
  /** One line each, in the order of first appearance, without values from requests or responses. */
  readonly violations: readonly string[];
  /** @throws Error naming every violation */
  close(): Promise<void>;
}

/** Headers that belong to one connection. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding'];

/** @param target the emulator's origin; its responses, and connections that it resets, are passed on unchanged */
export async function startConformanceProxy(target: string, description: Description): Promise<ConformanceProxy> {
  const exercised = new Set<string>();
  const violations = new Set<string>();

  const judge = (incoming: IncomingMessage, body: Buffer, answer: Answer | null): void => {
    const { method = 'GET', url = '/' } = incoming;
    const { pathname } = new URL(url, target);
    if (!description.covers(pathname)) return;
    const { operation, problems } = description.judge({
      method,
      url,
      requestBody: body.toString(),
      answer: answer && {
        status: answer.status,
        contentType: answer.head['content-type'] ?? '',
        body: answer.body.toString(),
      },
    });
    if (operation !== null) exercised.add(operation);
    for (const { in: side, pointer, message } of problems) {
      const status = side === 'answer' ? ` ${answer?.status}` : '';
      const path = pathname.replaceAll(/[0-9a-f-]{32,}/g, '…');
      violations.add(`${method} ${path} (${operation ?? 'unknown'}), ${side}${status}: ${pointer || '/'} ${message}`);
    }
  };

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const answer = await send(incoming, body, target);
    judge(incoming, body, answer);
    if (!answer) {
      outgoing.socket?.resetAndDestroy();
      return;
    }
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.body);
  };

  const server = createServer((incoming, outgoing) => {
    // A killed worker may leave an incomplete request.
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // The same timeout for idle connections as the emulators.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server's address is an AddressInfo
    exercised,
    get violations() {
      return [...violations];
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      if (violations.size > 0)
        throw new Error(`differs from the service's description (test/conformance):\n${[...violations].join('\n')}`);
    },
  };
}

interface Answer {
  readonly status: number;
  readonly head: IncomingMessage['headers'];
  /** Names and values alternately, as received. */
  readonly headers: string[];
  readonly body: Buffer;
}

/** The service executes a request even when the client is gone. @returns null when the connection breaks */
function send(incoming: IncomingMessage, body: Buffer, target: string): Promise<Answer | null> {
  const { method, url = '/', rawHeaders } = incoming;
  const headers = withoutHops(rawHeaders);
  return new Promise((resolve) => {
    const outgoing = request(new URL(url, target), { method: method ?? 'GET', headers, agent: false }, (answer) => {
      buffer(answer).then(
        (content) =>
          resolve({
            status: answer.statusCode ?? 0,
            head: answer.headers,
            headers: withoutHops(answer.rawHeaders),
            body: content,
          }),
        () => resolve(null),
      );
    });
    outgoing.once('error', () => resolve(null));
    outgoing.end(body);
  });
}

const withoutHops = (raw: readonly string[]): string[] =>
  raw.filter((_, at) => !HOP_BY_HOP.includes((raw[at - (at % 2)] ?? '').toLowerCase()));
