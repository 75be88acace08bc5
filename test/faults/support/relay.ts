import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request from a worker to Notion. */
export interface Relayed {
  /** Counts from 1 in the order of arrival. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** The `Sync Key` of a request that creates a page. */
  readonly creates: string | null;
  /** The ids of the properties that the request writes. */
  readonly writes: readonly string[];
  /** The response's status. Null before the response, and when the connection breaks. */
  status: number | null;
  /** Whether the worker received the response. */
  delivered: boolean;
}

type Matches = (relayed: Relayed) => boolean;

/** A request that is held, so that a test can act in between. */
export interface Held {
  /** Resolves when the request has arrived, or with `after` when Notion has responded. */
  readonly arrived: Promise<Relayed>;
  release(): void;
  /** Resolves when Notion has executed the request. */
  readonly done: Promise<void>;
  /** Breaks the connection, as the end of the worker's process does. The request still happens at `release`. */
  abandon(): void;
}

/** A proxy between a worker and Notion. It records requests, and can hold single ones. */
export interface Relay {
  readonly url: string;
  readonly passed: readonly Relayed[];
  /** Resolves after this many more requests, or more matching requests. */
  more(count: number, matches?: Matches): Promise<void>;
  /** Holds the next matching request `before` it is sent to Notion, or `after` Notion has responded. */
  hold(when: 'before' | 'after', matches: Matches): Held;
  close(): Promise<void>;
}

export const isCreate: Matches = ({ creates }) => creates !== null;
export const isUpdate: Matches = ({ method, path }) => method === 'PATCH' && path.startsWith('/v1/pages/');

interface Gate {
  readonly when: 'before' | 'after';
  readonly matches: Matches;
  readonly arrive: (relayed: Relayed, outgoing: ServerResponse) => void;
  readonly opened: Promise<void>;
  readonly finish: () => void;
}

export async function startRelay(target: string): Promise<Relay> {
  const relay = new HoldingRelay(target);
  const server = createServer((incoming, outgoing) => {
    // A killed worker may leave an incomplete request.
    relay.pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // As Notion's: a client that uses an idle connection while it is closed gets no answer.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server's address is an AddressInfo
    passed: relay.passed,
    more: (count, matches) => relay.more(count, matches),
    hold: (when, matches) => relay.hold(when, matches),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

class HoldingRelay {
  readonly passed: Relayed[] = [];
  readonly #target: string;
  #gates: Gate[] = [];
  #counters: { left: number; readonly matches: Matches; readonly reached: () => void }[] = [];

  constructor(target: string) {
    this.#target = target;
  }

  more(count: number, matches: Matches = () => true): Promise<void> {
    return new Promise((reached) => this.#counters.push({ left: count, matches, reached }));
  }

  hold(when: Gate['when'], matches: Matches): Held {
    let release = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      release = resolve;
    });
    let finish = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let connection: ServerResponse | undefined;
    const arrived = new Promise<Relayed>((resolve) => {
      const arrive: Gate['arrive'] = (relayed, outgoing) => {
        connection = outgoing;
        resolve(relayed);
      };
      this.#gates.push({ when, matches, arrive, opened, finish });
    });
    return { arrived, done, release, abandon: () => connection?.socket?.resetAndDestroy() };
  }

  async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { method = 'GET', url = '/', headers } = incoming;
    const relayed = this.#record(method, url, body);
    const gate = await this.#waitAt('before', relayed, outgoing);
    const response = await send(new URL(url, this.#target), method, headers, body);
    gate?.finish();
    await this.#waitAt('after', relayed, outgoing);
    if (!response) {
      outgoing.socket?.resetAndDestroy();
      return;
    }
    relayed.status = response.status;
    outgoing.once('finish', () => {
      relayed.delivered = true;
    });
    outgoing.writeHead(response.status, response.headers);
    outgoing.end(response.body);
  }

  #record(method: string, path: string, body: Buffer): Relayed {
    const relayed: Relayed = {
      number: this.passed.length + 1,
      method,
      path,
      creates: method === 'POST' && path === '/v1/pages' ? syncKeyIn(body) : null,
      // A sign-in request contains a form.
      writes: path.startsWith('/v1/') ? propertiesIn(body) : [],
      status: null,
      delivered: false,
    };
    this.passed.push(relayed);
    for (const counter of this.#counters) if (counter.matches(relayed)) counter.left -= 1;
    for (const { left, reached } of this.#counters) if (left <= 0) reached();
    this.#counters = this.#counters.filter(({ left }) => left > 0);
    return relayed;
  }

  async #waitAt(when: Gate['when'], relayed: Relayed, outgoing: ServerResponse): Promise<Gate | undefined> {
    const gate = this.#gates.find((candidate) => candidate.when === when && candidate.matches(relayed));
    if (!gate) return undefined;
    this.#gates = this.#gates.filter((other) => other !== gate);
    gate.arrive(relayed, outgoing);
    await gate.opened;
    return gate;
  }
}

interface RelayedResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Notion executes a request even when the client is gone. @returns null when the connection breaks */
function send(
  url: URL,
  method: string,
  headers: IncomingMessage['headers'],
  body: Buffer,
): Promise<RelayedResponse | null> {
  return new Promise((resolve) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      buffer(response).then(
        (content) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: content }),
        () => resolve(null),
      );
    });
    outgoing.once('error', () => resolve(null));
    outgoing.end(body);
  });
}

function propertiesIn(body: Buffer): readonly string[] {
  const content: unknown = body.length > 0 ? JSON.parse(body.toString()) : null;
  const isWrite = typeof content === 'object' && content !== null && 'properties' in content;
  return isWrite ? Object.keys(content.properties ?? {}) : [];
}

/** The engine writes `Sync Key` last. */
const syncKeyIn = (body: Buffer): string =>
  body
    .toString()
    .match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)
    ?.at(-1) ?? '';
