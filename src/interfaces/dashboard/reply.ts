import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Html } from './html.ts';

export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

export const page = (content: Html, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: content.text,
});

export const file = (type: string, body: string): Reply => ({ status: 200, headers: { 'content-type': type }, body });

/** 303: whatever was sent, the answer is looked at with GET. */
export const redirect = (to: string, headers: OutgoingHttpHeaders = {}): Reply => ({
  status: 303,
  headers: { location: to, ...headers },
  body: '',
});

/** Nothing is kept, framed, guessed at or fetched from elsewhere, and no script runs. */
const ALWAYS: OutgoingHttpHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A form must say where it comes from; another site must not.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export function send({ status, headers, body }: Reply, response: ServerResponse): void {
  response.writeHead(status, { ...ALWAYS, ...headers }).end(body);
}
