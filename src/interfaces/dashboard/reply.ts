import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpReply } from '../../shared/http-service.ts';
import type { Html } from './html.ts';

/** Nothing is cached, framed, guessed or loaded from elsewhere, and no script runs. */
const SECURITY_HEADERS: OutgoingHttpHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
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

/** 303: the browser loads the target with GET, whatever the method was. */
export const redirect = (to: string, headers: OutgoingHttpHeaders = {}): HttpReply => ({
  status: 303,
  headers: { ...SECURITY_HEADERS, location: to, ...headers },
  body: '',
});
