import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request of a worker, on its way to Notion. */
export interface Relayed {
  /** In the order of their arrival, from 1. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** The row id in `Sync Key`, of a request that creates a page. */
  readonly creates: string | null;
  /** The ids of the properties that the request writes. */
  readonly writes: readonly string[];
  /** The answer's status; null while there is none, and for ever if the connection breaks. */
  status: number | null;
  /** Whether the worker was still there to receive the answer. */
  delivered: boolean;
}

type Matches = (relayed: Relayed) => boolean;

/** A request that is kept waiting, so that a test can act at that very moment. */
export interface Held {
  /** Resolves when the request is here (or obeyed already, for `after`). */
  readonly arrived: Promise<Relayed>;
  release(): void;
}

/** Stands between a worker and Notion: counts what passes, and holds single requests. */
export interface Relay {
  readonly url: string;
  readonly passed: readonly Relayed[];
  /** Resolves as soon as so many more requests have come in. */
  more(count: number): Promise<void>;
  /** Holds the next match `before` Notion hears of it, or `after` it obeyed. */
  hold(when: 'before' | 'after', matches: Matches): Held;
  close(): Promise<void>;
}

export const isCreate: Matches = ({ creates }) => creates !== null;
export const isUpdate: Matches = ({ method, path }) => method === 'PATCH' && path.startsWith('/v1/pages/');

interface Gate {
  readonly when: 'before' | 'after';
  readonly matches: Matches;
  readonly arrive: (relayed: Relayed) => void;
  readonly opened: Promise<void>;
}

export async function startRelay(target: string): Promise<Relay> {
  const passed: Relayed[] = [];
  let gates: Gate[] = [];
  let counters: { at: number; reached: () => void }[] = [];

  const wait = async (when: Gate['when'], relayed: Relayed): Promise<void> => {
    const gate = gates.find((candidate) => candidate.when === when && candidate.matches(relayed));
    if (!gate) return;
    gates = gates.filter((other) => other !== gate);
    gate.arrive(relayed);
    await gate.opened;
  };

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const { method = 'GET', url = '/', headers } = incoming;
    const creates = method === 'POST' && url === '/v1/pages' ? syncKeyIn(body) : null;
    const relayed: Relayed = {
      number: passed.length + 1,
      method,
      path: url,
      creates,
      // The sign-in sends a form.
      writes: url.startsWith('/v1/') ? propertiesIn(body) : [],
      status: null,
      delivered: false,
    };
    passed.push(relayed);
    for (const counter of counters) if (counter.at <= passed.length) counter.reached();
    counters = counters.filter((counter) => counter.at > passed.length);

    await wait('before', relayed);
    const answer = await send(new URL(url, target), method, headers, body);
    await wait('after', relayed);
    if (!answer) {
      outgoing.socket?.resetAndDestroy();
      return;
    }
    relayed.status = answer.status;
    outgoing.once('finish', () => {
      relayed.delivered = true;
    });
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.body);
  };

  const server = createServer((incoming, outgoing) => {
    // A killed worker's half-sent request is nobody's trouble.
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server has one
    passed,
    more: (count) => new Promise((reached) => counters.push({ at: passed.length + count, reached })),
    hold: (when, matches) => {
      let release = (): void => undefined;
      const opened = new Promise<void>((resolve) => {
        release = resolve;
      });
      const arrived = new Promise<Relayed>((arrive) => gates.push({ when, matches, arrive, opened }));
      return { arrived, release };
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Notion obeys whether the one who asked is still there or not. @returns null when the connection breaks */
function send(url: URL, method: string, headers: IncomingMessage['headers'], body: Buffer): Promise<Answer | null> {
  return new Promise((resolve) => {
    const outgoing = request(url, { method, headers, agent: false }, (answer) => {
      buffer(answer).then(
        (content) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content }),
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
