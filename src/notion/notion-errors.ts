import { APIResponseError, isHTTPResponseError, RequestTimeoutError } from '@notionhq/client';
import { z } from 'zod';
import { AmbiguousWriteError, FinalError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { retryAfterMs } from '../shared/retry-after.ts';
import { AnswerTooLargeError } from './answer-size.ts';

/** The purpose of a request; it decides what a failure means. */
export interface Purpose {
  readonly entity: string;
  /** After a `write` without an answer, the write may have happened. */
  readonly kind: 'read' | 'write';
  /** Names the target in messages, e.g. `page 1f…` or `the database 2f…`. */
  readonly what: string;
  /** The request is about one record: that its page is missing, or its id is refused, affects only that record. */
  readonly ofRecord?: boolean;
  /** Part of a full scan: nobody waits for this request. */
  readonly backfill?: boolean;
  /** When the content was read that this write replaces, by `NotionApi.elapsedMs`. */
  readonly lookedAt?: number;
  /** How long ago that may be; `MAX_LOOK_AGE_MS` if unset. */
  readonly maxLookAgeMs?: number;
}

const errorBody = z.object({
  code: z.string().catch(''),
  message: z.string().catch(''),
  additional_data: z
    .object({
      committed_resource_id: z.string().optional(),
      rate_limit_reason: z.string().optional(),
    })
    .optional()
    .catch(undefined),
});

/** Codes of `fetch` failures that mean that the request never reached Notion. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Turns Notion's errors into those of the sync.
 * @see https://developers.notion.com/reference/status-codes
 */
export function toLockstepError(error: unknown, purpose: Purpose): LockstepError {
  if (error instanceof LockstepError) return error;
  if (isHTTPResponseError(error)) return fromResponse(error, purpose);
  if (error instanceof AnswerTooLargeError) return tooLarge(error, purpose);
  if (error instanceof RequestTimeoutError) return noAnswer(purpose, 'no answer within the time limit', error);
  const code = causeCode(error);
  if (code && NEVER_SENT.has(code)) {
    return new RetryableError(
      'notion_unreachable',
      `Notion cannot be reached (${code}): check the network and NOTION_BASE_URL`,
      {
        cause: error,
      },
    );
  }
  return noAnswer(purpose, error instanceof Error ? error.message : 'the connection broke', error);
}

function fromResponse(error: { status: number; body: string; headers: unknown }, purpose: Purpose): LockstepError {
  const { status } = error;
  const body = parseBody(status, error.body);
  const { entity, what } = purpose;
  switch (status) {
    case 401:
      return new FinalError(
        'unauthorized',
        'Notion refused the token: NOTION_TOKEN is wrong or was revoked; set it to a valid integration token',
      );
    case 403:
      if (body.code === '') return unexplained(purpose, body.message);
      return new FinalError(
        'restricted',
        `${entity}: Notion does not allow this (${body.message}); give the integration the capability in its settings`,
      );
    case 404:
      // Only Notion itself can say that an object is missing; a proxy cannot.
      if (body.code === '') return unexplained(purpose, body.message);
      if (purpose.ofRecord) {
        return new RecordError(
          'page_not_found',
          `${entity}: ${what} is not found or no longer shared with the integration; its row was kept`,
        );
      }
      return new FinalError(
        'not_found',
        `${entity}: ${what} is not found or not shared with the integration; share it in Notion (••• → Connections)`,
      );
    case 429:
    case 529:
      return body.additional_data?.rate_limit_reason === 'public_api_request_blocked'
        ? new FinalError('blocked', `Notion blocks this integration's requests: ${body.message}`)
        : new RetryableError('rate_limited', 'Notion asks to wait', { retryAfterMs: waitOf(error.headers) });
    case 400:
      return refused(body.message, purpose);
    case 409:
      return body.code === 'row_limit_exceeded'
        ? new FinalError('row_limit', `${entity}: the database is full: ${body.message}`)
        : new RetryableError('conflict', `${entity}: Notion was busy with ${what}`);
    default:
      if (status < 500)
        return new FinalError(
          body.code || `http_${status}`,
          `${entity}: ${body.message || `Notion answered ${status}`}`,
        );
      return noAnswer(
        purpose,
        body.code === '' ? body.message : `Notion answered ${status}`,
        error,
        body.additional_data?.committed_resource_id,
      );
  }
}

/** An answer that is not Notion's JSON: of a proxy, a firewall, or Notion's own front end. */
const unexplained = ({ entity, what }: Purpose, message: string): FinalError =>
  new FinalError('no_notion_answer', `${entity}: ${what}: ${message}; check the network and NOTION_BASE_URL`);

// Names of properties and options are part of Notion's messages, so each is matched as a whole sentence.
const IN_TRASH = /^Can't (?:edit (?:block that is|page on block with an) archived\b|update a page that is archived\b)/;
const PROPERTY_MISSING =
  /^(?:.+ is not a property that exists\.?|Could not find (?:sort )?property with name or id: .+)$/s;
const PROPERTY_RETYPED = /^[^"]+ is expected to be [a-z_]+\.?$/;

/** A 400 is about the schema, which affects every record, or about this one record. */
function refused(message: string, { entity, kind, what, ofRecord }: Purpose): LockstepError {
  if (IN_TRASH.test(message))
    return new RecordError('page_trashed', `${entity}: the page is in Notion's trash: ${message}`);
  if (PROPERTY_MISSING.test(message)) {
    return new FinalError(
      'property_missing',
      `${entity}: ${message} Run \`lockstep doctor --fix\` or add the property again in Notion; the sync resumes by itself.`,
    );
  }
  if (PROPERTY_RETYPED.test(message)) {
    return new FinalError(
      'property_retyped',
      `${entity}: ${message} A property's type has changed since the schema was read; the next cycle reads it again.`,
    );
  }
  if (kind === 'read' && ofRecord) {
    return new RecordError('refused', `${entity}: Notion refused to read ${what}: ${message} Correct the id in SQL.`);
  }
  if (kind === 'read') return new FinalError('refused', `${entity}: Notion refused the query: ${message}`);
  return new RecordError('refused', `${entity}: Notion refused the record: ${message}`);
}

function tooLarge({ message }: AnswerTooLargeError, { entity, what, ofRecord }: Purpose): LockstepError {
  const line = `${entity}: ${what}: ${message}, so it was not read; check NOTION_BASE_URL, or shorten the page in Notion`;
  return ofRecord ? new RecordError('answer_too_large', line) : new FinalError('answer_too_large', line);
}

function noAnswer(purpose: Purpose, why: string, cause: unknown, committedId?: string): LockstepError {
  const message = `${purpose.entity}: ${purpose.what}: ${why}`;
  if (purpose.kind === 'read') return new RetryableError('no_answer', message, { cause });
  return new AmbiguousWriteError(message, committedId ? { cause, committedId } : { cause });
}

const MAX_SHOWN = 200;

/** An answer that is none of Notion's has no code; its message names the status, and what the answer says. */
function parseBody(status: number, body: string): z.infer<typeof errorBody> {
  try {
    return errorBody.parse(JSON.parse(body));
  } catch {
    const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1];
    const text = (title ?? body.replace(/<[^>]*>/g, ' ')).replace(/[\s\p{Cc}]+/gu, ' ').trim();
    const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
    return { code: '', message: `Notion answered ${status}${shown === '' ? '' : ` "${shown}"`}` };
  }
}

const DEFAULT_WAIT_MS = 60_000;

const waitOf = (headers: unknown): number =>
  retryAfterMs(headers instanceof Headers ? headers.get('retry-after') : null, DEFAULT_WAIT_MS);

function causeCode(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** Whether Notion answered that the object is not found or not shared. */
export const isNotFound = (error: unknown): boolean =>
  (error instanceof APIResponseError && error.status === 404) ||
  (error instanceof FinalError && error.code === 'not_found') ||
  (error instanceof RecordError && error.code === 'page_not_found');
