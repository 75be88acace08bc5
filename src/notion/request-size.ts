import { RecordError } from '../errors.ts';

/** @see https://developers.notion.com/reference/request-limits */
const MAX_BYTES = 500_000;

/**
 * Refuses a request that is longer than Notion accepts.
 * @param what names the record in the message
 * @throws RecordError
 */
export function checkRequestSize(request: object, what: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes <= MAX_BYTES) return;
  throw new RecordError(
    'text_too_long',
    `${what} makes a request of ${bytes} bytes; Notion accepts at most ${MAX_BYTES}. Shorten it.`,
  );
}
