import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { NotionError } from './api-error.ts';
import { type Controlled, controlActions } from './control.ts';
import { readBody, sendJson } from './http.ts';

const MAX_BODY_BYTES = 50_000_000;
const PAGE = new URL('./page.html', import.meta.url);

/** Answers the web page at `/` and `POST /_emulator/{action}`. */
export async function answerControl(
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'GET' && pathname === '/') return sendPage(response);
  const [, name] = /^\/_emulator\/(\w+)$/.exec(pathname) ?? [];
  if (request.method !== 'POST' || name === undefined) return sendJson(response, 404, { error: 'not found' });
  const actions = controlActions(controlled);
  const chosen = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!chosen)
    return sendJson(response, 404, { error: `no action ${name}; the actions are ${Object.keys(actions).join(', ')}` });
  // A browser sends this content type to another origin only after a preflight request, which is refused.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return sendJson(response, 415, { error: 'send application/json' });
  }
  const isTooLarge = Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
  const body = isTooLarge ? null : await readBody(request, MAX_BODY_BYTES);
  if (body === null) return sendJson(response, 413, { error: 'the request is too large' });
  try {
    const result = await chosen.run(JSON.parse(body.toString('utf8') || '{}'));
    sendJson(response, 200, result ?? {});
  } catch (error) {
    const status = error instanceof NotionError ? error.status : 400;
    sendJson(response, status, { error: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error) });
  }
}

async function sendPage(response: ServerResponse): Promise<void> {
  const html = await readFile(PAGE);
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(html);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
