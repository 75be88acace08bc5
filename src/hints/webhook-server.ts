import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhookSignature } from '@notionhq/client';
import type { Database } from '../database/client.ts';
import { LockstepError } from '../errors.ts';
import type { Hint } from '../workflows/types.ts';
import { gatheredPages } from './gathered-pages.ts';
import { eventSchema, handshakeSchema, isEcho, noticedBy } from './notion-events.ts';
import type { WebhookToken } from './webhook-token.ts';

const LARGEST_BODY = 1_000_000;
/** A sender that dawdles is not Notion. */
const REQUEST_MS = 10_000;
const DRAIN_MS = 10_000;
/** What is edited by one hand is told about in one breath. */
const GATHERED_MS = 50;

export interface WebhookServerOptions {
  readonly database: Database;
  readonly token: WebhookToken;
  /** As whom we write in Notion, null while that is not known. */
  readonly ownId: () => string | null;
  /** Rejects when nobody could be told. */
  readonly giveHint: (entity: string, hint: Hint) => Promise<void>;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly say: (line: string) => void;
}

export interface WebhookServer {
  readonly url: string;
  /** Answers what has been asked, and takes nothing new. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly allow?: string;
}

type Handler = (request: IncomingMessage, body: Buffer) => Promise<Answer>;

/**
 * Takes what Notion says has changed, and makes hints of it. It believes nobody who has not signed, keeps nothing,
 * and answers at once; where a hint cannot be given, Notion is asked to try again.
 * @throws Error when the port is taken
 */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { host, port, say } = options;
  const routes: Readonly<Record<string, { readonly method: string; readonly handle: Handler }>> = {
    '/healthz': { method: 'GET', handle: async () => ({ status: 200, text: 'ok' }) },
    '/notion': { method: 'POST', handle: notionHandler(options) },
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return { status: 404, text: 'there is nothing here' };
    if (request.method !== route.method) return { status: 405, text: `only ${route.method}`, allow: route.method };
    const body = await readBody(request);
    return body ? route.handle(request, body) : { status: 413, text: 'too large' };
  };
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): Answer => {
        say(`a webhook was not taken: ${error instanceof LockstepError ? error.message : `unexpected: ${error}`}`);
        return { status: 503, text: 'not now; try again' };
      })
      .then(({ status, text, allow }) => {
        // The rest of a body that nobody reads must not keep the connection.
        if (status === 413) response.setHeader('connection', 'close');
        if (allow !== undefined) response.setHeader('allow', allow);
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
      })
      .catch(() => response.destroy());
  });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  await listen(server, host, port);
  const address = server.address() as AddressInfo; // a TCP server has one
  return { url: `http://${host}:${address.port}`, close: () => drain(server) };
}

function notionHandler({ database, token, ownId, giveHint, say }: WebhookServerOptions): Handler {
  const give = gatheredPages((entity, pageIds) => giveHint(entity, { kind: 'pages', pageIds }), GATHERED_MS);
  return async ({ headers }, body) => {
    const said = parseJson(body);
    const handshake = handshakeSchema.safeParse(said);
    if (handshake.success) {
      const isOurs = await token.keepFirst(handshake.data.verification_token);
      if (isOurs) say('Notion sent its verification token; `lockstep webhooks --show-token` prints it');
      return isOurs
        ? { status: 200, text: 'kept' }
        : { status: 409, text: 'there is a verification token already: start lockstep webhooks --reset' };
    }
    const verificationToken = await token.load();
    const signature = headers['x-notion-signature'];
    if (
      verificationToken === null ||
      typeof signature !== 'string' ||
      !(await verifyWebhookSignature({ body, signature, verificationToken }))
    ) {
      return { status: 401, text: 'the signature is not right' };
    }
    const event = eventSchema.safeParse(said);
    if (!event.success) return { status: 400, text: 'not an event of Notion' };
    const found = isEcho(event.data, ownId()) ? null : await noticedBy(database, event.data);
    if (found)
      await (found.pageId === null ? giveHint(found.entity, { kind: 'changed' }) : give(found.entity, found.pageId));
    return { status: 200, text: found ? 'taken' : 'nothing to do' };
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The whole body, or null when it is too large; then the rest is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const killer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(killer);
}
