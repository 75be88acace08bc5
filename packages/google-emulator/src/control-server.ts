import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { ApiAnswer, ApiRequest } from './calendar-api.ts';
import { type Controlled, controlActions } from './control.ts';
import { answerOf } from './http.ts';

const PAGE = new URL('./page.html', import.meta.url);

/** Answers `POST /_emulator/{action}`. */
export function answerControl(controlled: Controlled, request: ApiRequest): ApiAnswer {
  const [, name] = /^\/_emulator\/(\w+)$/.exec(request.url.pathname) ?? [];
  if (request.method !== 'POST' || name === undefined) return { status: 404, body: { error: 'not found' } };
  // A browser sends this content type to another origin only after a preflight request, which is refused.
  const contentType = String(request.headers['content-type'] ?? '');
  if (!/^application\/json\b/.test(contentType)) return { status: 415, body: { error: 'send application/json' } };
  return answerOf(() => ({ status: 200, body: controlActions(controlled)(name, request.body) }));
}

/** Sends the web page, which shows the calendars and edits them through the control API. */
export function sendPage(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(readFileSync(PAGE));
}
