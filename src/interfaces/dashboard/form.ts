import type { IncomingMessage } from 'node:http';
import { readBody } from '../../shared/http-service.ts';

/** Forms are a few words long. */
const LARGEST_BODY = 10_000;

/** What was sent, nothing unless it is a POST; null when it is too large, and then the rest is not read. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  if (request.method !== 'POST') return new URLSearchParams();
  const body = await readBody(request, LARGEST_BODY);
  return body && new URLSearchParams(body.toString());
}
