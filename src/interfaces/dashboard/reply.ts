import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpReply, HttpStream, StreamConnection } from '../../shared/http-service.ts';
import type { Html } from './html.ts';

/** Nothing is cached, framed, guessed or loaded from elsewhere, and no script runs but our own file. */
const SECURITY_HEADERS: OutgoingHttpHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A form must say where it comes from; another site must not learn it.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export const page = (content: Html, status = 200, headers: OutgoingHttpHeaders = {}): HttpReply => ({
  status,
  headers: { ...SECURITY_HEADERS, 'content-type': 'text/html; charset=utf-8', ...headers },
  body: content.text,
});

export const file = (type: string, body: string): HttpReply => ({
  status: 200,
  headers: { ...SECURITY_HEADERS, 'content-type': type },
  body,
});

/** Server-sent events. A proxy must not keep them back. */
export const eventStream = (open: (connection: StreamConnection) => void): HttpStream => ({
  status: 200,
  headers: { ...SECURITY_HEADERS, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
  open,
});

/** 303: the browser loads the target with GET, whatever the method was. */
export const redirect = (to: string, headers: OutgoingHttpHeaders = {}): HttpReply => ({
  status: 303,
  headers: { ...SECURITY_HEADERS, location: to, ...headers },
  body: '',
});
