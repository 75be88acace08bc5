import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiAnswer, ApiRequest } from './calendar-api.ts';
import { Refusal, refusal } from './refusal.ts';

const MAX_BODY_BYTES = 50_000_000;

/** A client that takes longer to send its headers or its body is cut off. */
export const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 500 } as const;

export const isLoopback = (host: string): boolean => ['127.0.0.1', '::1', 'localhost'].includes(host);

/** False for requests from web sites in the user's browser, including sites whose name resolves to this machine. */
export function isLocal({ headers: { host, origin } }: IncomingMessage): boolean {
  if (host === undefined || !/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) return false;
  return origin === undefined || origin === `http://${host}`;
}

/** The request, or null when its body is too large. */
export async function readRequest(incoming: IncomingMessage): Promise<ApiRequest | null> {
  if (Number(incoming.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) return null;
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  return { method: incoming.method ?? 'GET', url, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
}

/** Runs a handler and turns what it throws into an answer. */
export function answerOf(handler: () => ApiAnswer): ApiAnswer {
  try {
    return handler();
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: error.body };
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, body: refusal(500, 'backendError', message).body };
  }
}

export function send(response: ServerResponse, answer: ApiAnswer): void {
  response.writeHead(answer.status, {
    ...(answer.body ? { 'content-type': 'application/json; charset=UTF-8' } : {}),
    ...answer.headers,
  });
  response.end(answer.body ? JSON.stringify(answer.body) : undefined);
}
