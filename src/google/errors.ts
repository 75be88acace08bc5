import { z } from 'zod';
import { AmbiguousWriteError, FinalError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { retryAfterMs } from '../shared/retry-after.ts';
import type { Account } from './grant.ts';

/** What the request was for: it decides what a failure means. */
export interface Purpose {
  readonly account: Account;
  /** `write`: an answer that got lost may stand for a write that happened. */
  readonly kind: 'read' | 'write';
  /** For the message, e.g. «the personal calendar» or «event 3f…». */
  readonly what: string;
  /** The request is about one event, so one that is not there is that event's trouble alone. */
  readonly ofEvent?: boolean;
  /** The calendar unless given. */
  readonly service?: Service;
}

export type Service = 'calendar' | 'contacts' | 'gmail';

/** What messages call them: the API, as the Google Cloud console does, and the line to tick on the consent page. */
const NAMES = {
  calendar: { api: 'Google Calendar API', line: 'the calendar' },
  contacts: { api: 'People API', line: 'the contacts' },
  gmail: { api: 'Gmail API', line: 'the mailbox labels' },
} as const satisfies Record<Service, object>;

/** Codes after which nothing can have reached Google. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Google says 403 for them as often as 429: https://developers.google.com/workspace/calendar/api/guides/errors */
const WAIT_REASONS = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'calendarUsageLimits']);
/** Its windows are a minute long, and slide. */
const DEFAULT_WAIT_MS = 10_000;

/**
 * One place that says what Google's refusals mean to the sync. Nothing of the
 * failure itself is passed on: its `config` holds tokens.
 */
export function toLockstepError(failure: unknown, purpose: Purpose): LockstepError {
  if (failure instanceof LockstepError) return failure;
  const answer = answerOf(failure);
  return answer ? fromAnswer(answer, purpose) : fromBrokenConnection(failure, purpose);
}

/** The same for the token endpoint, where nothing is written. */
export function toSignInError(failure: unknown, account: Account): LockstepError {
  if (failure instanceof LockstepError) return failure;
  const answer = answerOf(failure);
  const { error } = oauthBody.parse(answer?.data);
  if (error === 'invalid_grant') return signedOut(account);
  if (error === 'invalid_client' || error === 'unauthorized_client') {
    return new FinalError(
      'google_client',
      'Google does not know this OAuth client: put the id and the secret of a desktop client in GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET',
    );
  }
  const purpose: Purpose = { account, kind: 'read', what: 'the sign-in' };
  if (!answer || answer.status >= 500 || answer.status === 429) return toLockstepError(failure, purpose);
  return new FinalError('google_sign_in', `Google refused the sign-in (${error || answer.status}): ${again(account)}`);
}

export const signedOut = (account: Account): FinalError =>
  new FinalError(
    'google_signed_out',
    `Google no longer accepts the sign-in of the ${account} account: ${again(account)}`,
  );

export const isDuplicate = (error: unknown): boolean => hasCode(error, 'event_exists');
/** Unknown, or deleted before. */
export const isEventGone = (error: unknown): boolean => hasCode(error, 'event_not_found', 'event_deleted');
/** Somebody changed the event since its etag was read. */
export const isEventChanged = (error: unknown): boolean => hasCode(error, 'event_changed');
/** The sync token is of no use any more: forget it and list everything. */
export const isFullSyncRequired = (error: unknown): boolean => hasCode(error, 'full_sync_required');
/** Google refused the access token: it did nothing, and a fresh token may help. */
export const isUnauthorized = (error: unknown): boolean => hasCode(error, 'google_unauthorized');

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof LockstepError && codes.includes(error.code);

const again = (account: Account): string => `run: lockstep auth google${account === 'work' ? ' --account work' : ''}`;

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers: unknown;
}

/** What the newer APIs, such as People, call what the calendar has other words for (google.rpc.ErrorInfo). */
const NEWER_REASONS = new Map([
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'insufficientPermissions'],
  ['SERVICE_DISABLED', 'accessNotConfigured'],
  ['RATE_LIMIT_EXCEEDED', 'rateLimitExceeded'],
]);

const apiBody = z
  .object({
    error: z.object({
      message: z.string().catch(''),
      errors: z.array(z.object({ reason: z.string().catch('') })).catch([]),
      details: z.array(z.object({ reason: z.string().catch('') })).catch([]),
    }),
  })
  .transform(({ error: { message, errors, details } }) => {
    const newer = NEWER_REASONS.get(details.find(({ reason }) => reason !== '')?.reason ?? '');
    // Now and then it says so in words alone.
    const inWords = /insufficient authentication scopes/i.test(message) ? 'insufficientPermissions' : undefined;
    return { message, reason: newer ?? inWords ?? errors[0]?.reason ?? '' };
  })
  .catch({ message: '', reason: '' });

const oauthBody = z.object({ error: z.string().catch('') }).catch({ error: '' });

function answerOf(failure: unknown): Answer | null {
  if (!(failure instanceof Error) || !('response' in failure)) return null;
  const { response } = failure;
  if (typeof response !== 'object' || response === null || !('status' in response)) return null;
  if (typeof response.status !== 'number') return null;
  return {
    status: response.status,
    data: 'data' in response ? response.data : null,
    headers: 'headers' in response ? response.headers : null,
  };
}

function fromAnswer(answer: Answer, purpose: Purpose): LockstepError {
  const { status } = answer;
  const { reason, message } = apiBody.parse(answer.data);
  const { what, account } = purpose;
  const said = message || `Google answered ${status}`;
  switch (status) {
    case 400:
      return purpose.kind === 'write' && purpose.ofEvent
        ? new RecordError('refused', `Google refused ${what}: ${said}`)
        : new FinalError('refused', `Google refused the request for ${what}: ${said}`);
    case 401:
      if (reason === 'push.webhookUrlUnauthorized') {
        return new FinalError(
          'push_refused',
          `Google notifies no address that it does not trust: verify the domain of LOCKSTEP_PUBLIC_URL for the project of GOOGLE_CLIENT_ID (${said})`,
        );
      }
      return new FinalError(
        'google_unauthorized',
        `Google refuses the access token of the ${account} account: ${again(account)}`,
      );
    case 403:
      return forbidden(reason, said, answer, purpose);
    case 404:
      if (purpose.service && purpose.service !== 'calendar') return notFound(purpose);
      return purpose.ofEvent
        ? new RecordError('event_not_found', `Google does not find ${what}`)
        : new FinalError(
            'calendar_not_found',
            `Google does not find ${what}: check its id, and that the ${account} account may see it`,
          );
    case 409:
      if (purpose.service === 'gmail') {
        return new RecordError('label_exists', `Gmail has a label of that name already: ${what}`);
      }
      return reason === 'duplicate'
        ? new RecordError('event_exists', `${what} is in the calendar already`)
        : new RetryableError('conflict', `Google was busy with ${what}: ${said}`);
    case 410:
      return gone(reason, said, purpose);
    case 412:
      return new RetryableError('event_changed', `${what} was changed in Google meanwhile`);
    case 429:
      return rateLimited(answer);
    default:
      return status < 500 && status !== 408
        ? new FinalError(reason || `http_${status}`, `${what}: ${said}`)
        : lost(purpose, `Google answered ${status}`);
  }
}

const notFound = ({ service, what, ofEvent }: Purpose): LockstepError =>
  ofEvent
    ? new RecordError('not_found', `Google does not find ${what}`)
    : new FinalError(`${service}_not_found`, `Google does not find ${what}: check GOOGLE_ROOT_URL`);

function forbidden(reason: string, said: string, answer: Answer, purpose: Purpose): LockstepError {
  const { what, account, ofEvent, service = 'calendar' } = purpose;
  if (WAIT_REASONS.has(reason)) return rateLimited(answer);
  switch (reason) {
    case 'insufficientPermissions':
      return new FinalError(
        'google_scope_missing',
        `The sign-in of the ${account} account does not allow this: ${again(account)}, and tick ${NAMES[service].line}`,
      );
    case 'accessNotConfigured':
      return new FinalError(
        'google_api_off',
        `The ${NAMES[service].api} is switched off: enable it for the project of GOOGLE_CLIENT_ID in the Google Cloud console`,
      );
    case 'requiredAccessLevel':
      return new FinalError(
        'calendar_read_only',
        `The ${account} account may not write ${what}: ask for «make changes to events», or choose another calendar`,
      );
    default:
      return ofEvent
        ? new RecordError('event_forbidden', `Google does not allow this with ${what}: ${said}`)
        : new FinalError(`${service}_forbidden`, `Google does not allow this with ${what}: ${said}`);
  }
}

/** 410 has several meanings, told apart by the reason alone. */
function gone(reason: string, said: string, { what }: Purpose): LockstepError {
  switch (reason) {
    case 'fullSyncRequired':
    case 'updatedMinTooLongAgo':
      return new RetryableError('full_sync_required', `${what}: Google wants everything to be listed again`);
    case 'deleted':
      return new RecordError('event_deleted', `${what} is deleted in Google already`);
    default:
      return new FinalError('gone', `${what}: ${said}`);
  }
}

const rateLimited = ({ headers }: Answer): RetryableError =>
  new RetryableError('rate_limited', 'Google asks to wait', {
    retryAfterMs: retryAfterMs(hasGet(headers) ? headers.get('retry-after') : null, DEFAULT_WAIT_MS),
  });

/** The client's headers are not the global `Headers`, only like them. */
const hasGet = (headers: unknown): headers is Pick<Headers, 'get'> =>
  typeof headers === 'object' && headers !== null && 'get' in headers && typeof headers.get === 'function';

function fromBrokenConnection(failure: unknown, purpose: Purpose): LockstepError {
  const names = namesOf(failure);
  const refused = names.find((name) => NEVER_SENT.has(name));
  if (refused) {
    return new RetryableError(
      'google_unreachable',
      `Google cannot be reached (${refused}): check the network and GOOGLE_ROOT_URL`,
    );
  }
  const timedOut = names.some((name) => name === 'TimeoutError' || name === 'AbortError');
  return lost(
    purpose,
    timedOut ? 'no answer within the time limit' : `the connection broke (${names[0] ?? 'unknown'})`,
  );
}

/** Codes and names along the chain of causes; messages may quote addresses and bodies. */
function namesOf(failure: unknown): string[] {
  const names: string[] = [];
  for (let at: unknown = failure; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') names.push(at.code);
    names.push(at.name);
  }
  return names;
}

function lost({ kind, what }: Purpose, why: string): LockstepError {
  const message = `${what}: ${why}`;
  return kind === 'read' ? new RetryableError('no_answer', message) : new AmbiguousWriteError(message);
}
