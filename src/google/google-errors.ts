import { z } from 'zod';
import { AmbiguousWriteError, FinalError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { retryAfterMs } from '../shared/retry-after.ts';
import type { Account } from './grant.ts';

/** The purpose of a request; it decides what a failure means. */
export interface Purpose {
  readonly account: Account;
  /** After a `write` without an answer, the write may have happened. */
  readonly kind: 'read' | 'write';
  /** Names the target in messages, e.g. `the personal calendar` or `event 3f…`. */
  readonly what: string;
  /** The request is about one event: that it is missing affects only that event. */
  readonly ofEvent?: boolean;
  /** The request lists what changed since a sync token. */
  readonly byToken?: boolean;
  /** Default: the calendar. */
  readonly service?: Service;
}

export type Service = 'calendar' | 'contacts' | 'gmail';

/** Names for messages: the API, as in the Google Cloud console, and its line on the consent page. */
const NAMES = {
  calendar: { api: 'Google Calendar API', line: 'the calendar' },
  contacts: { api: 'People API', line: 'the contacts' },
  gmail: { api: 'Gmail API', line: 'the mailbox labels' },
} as const satisfies Record<Service, object>;

/** Error codes that mean that the request never reached Google. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Google answers these with 403 or 429: https://developers.google.com/workspace/calendar/api/guides/errors */
const RATE_REASONS = new Set(['rateLimitExceeded', 'userRateLimitExceeded']);
/** Google's quota windows are a minute long, and slide. */
const DEFAULT_WAIT_MS = 10_000;
/** Limits of a day or of several hours: asking again soon only prolongs them. */
const QUOTA_REASONS = new Set(['quotaExceeded', 'dailyLimitExceeded', 'calendarUsageLimits']);
const QUOTA_WAIT_MS = 60_000;
/** About the account or the project, whatever was asked for. */
const ACCOUNT_REASONS = new Map([
  ['notACalendarUser', 'open Google Calendar once with this account'],
  ['appNotInstalled', 'allow the app for this account'],
  ['dailyLimitExceededUnreg', 'check GOOGLE_CLIENT_ID'],
]);
/** The token endpoint's words for a failure that passes. */
const SIGN_IN_WAITS = new Set(['rate_limit_exceeded', 'internal_failure', 'temporarily_unavailable']);
const CLIENT_ERRORS = new Map([
  ['invalid_client', 'does not know this OAuth client'],
  ['unauthorized_client', 'does not know this OAuth client'],
  ['deleted_client', 'says that this OAuth client was deleted'],
  ['disabled_client', 'says that this OAuth client was disabled'],
]);

/**
 * Turns Google's errors into those of the sync. The original error is never passed on:
 * its `config` contains tokens.
 */
export function toLockstepError(failure: unknown, purpose: Purpose): LockstepError {
  if (failure instanceof LockstepError) return failure;
  const answer = answerOf(failure);
  return answer ? fromAnswer(answer, purpose) : fromBrokenConnection(failure, purpose);
}

/** The same for the token endpoint, which writes nothing. */
export function toSignInError(failure: unknown, account: Account): LockstepError {
  if (failure instanceof LockstepError) return failure;
  const answer = answerOf(failure);
  const { error } = oauthBody.parse(answer?.data);
  if (error === 'invalid_grant') return signedOut(account);
  const ofClient = CLIENT_ERRORS.get(error);
  if (ofClient !== undefined) {
    return new FinalError(
      'google_client',
      `Google ${ofClient}: put the id and the secret of a desktop client in GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET`,
    );
  }
  if (error === 'admin_policy_enforced') {
    return new FinalError(
      'google_admin_policy',
      `The administrator of the ${account} account's Google Workspace does not allow this app: ask them to trust the client in GOOGLE_CLIENT_ID`,
    );
  }
  const purpose: Purpose = { account, kind: 'read', what: 'the sign-in' };
  if (answer && SIGN_IN_WAITS.has(error)) return rateLimited(answer, DEFAULT_WAIT_MS);
  if (!answer || answer.status >= 500 || answer.status === 429) return toLockstepError(failure, purpose);
  return new FinalError(
    'google_sign_in',
    `Google refused the sign-in (${error || answer.status}): ${signInAgain(account)}`,
  );
}

export const signedOut = (account: Account): FinalError =>
  new FinalError(
    'google_signed_out',
    `Google no longer accepts the sign-in of the ${account} account: ${signInAgain(account)}`,
  );

export const isDuplicate = (error: unknown): boolean => hasCode(error, 'event_exists');
/** The event is unknown or already deleted. */
export const isEventGone = (error: unknown): boolean => hasCode(error, 'event_not_found', 'event_deleted');
/** The event has changed since its etag was read. */
export const isEventChanged = (error: unknown): boolean => hasCode(error, 'event_changed');
/** The sync token has expired: discard it and list everything. */
export const isFullSyncRequired = (error: unknown): boolean => hasCode(error, 'full_sync_required');
/** Google refused the access token and did nothing; a new token may help. */
export const isUnauthorized = (error: unknown): boolean => hasCode(error, 'google_unauthorized');

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof LockstepError && codes.includes(error.code);

const signInAgain = (account: Account): string =>
  `run: lockstep auth google${account === 'work' ? ' --account work' : ''}`;

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers: unknown;
}

/** The reasons of newer APIs, such as People (google.rpc.ErrorInfo), by the calendar's names for them. */
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
    // Sometimes only the message tells.
    const fromMessage = /insufficient authentication scopes/i.test(message) ? 'insufficientPermissions' : undefined;
    return { message, reason: newer ?? fromMessage ?? errors[0]?.reason ?? '', isReadable: true };
  })
  .catch({ message: '', reason: '', isReadable: false });

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
  const detail = message || `Google answered ${status}`;
  switch (status) {
    case 400:
      if (purpose.byToken && /sync ?token/i.test(message)) return tokenLost(what);
      return purpose.kind === 'write' && purpose.ofEvent
        ? new RecordError('refused', `Google refused ${what}: ${detail}`)
        : new FinalError('refused', `Google refused the request for ${what}: ${detail}`);
    case 401:
      if (reason === 'push.webhookUrlUnauthorized') {
        return new FinalError(
          'push_refused',
          `Google sends notifications only to verified domains: verify the domain of LOCKSTEP_PUBLIC_URL for the project of GOOGLE_CLIENT_ID (${detail})`,
        );
      }
      return new FinalError(
        'google_unauthorized',
        `Google refuses the access token of the ${account} account: ${signInAgain(account)}`,
      );
    case 403:
      return forbidden(reason, detail, answer, purpose);
    case 404:
      if (purpose.service && purpose.service !== 'calendar') return notFound(purpose);
      return purpose.ofEvent
        ? new RecordError('event_not_found', `Google cannot find ${what}`)
        : new FinalError(
            'calendar_not_found',
            `Google cannot find ${what}: check its id, and that the ${account} account has access to it`,
          );
    case 409:
      if (purpose.service === 'gmail') {
        return new RecordError('label_exists', `Gmail already has a label of this name: ${what}`);
      }
      return reason === 'duplicate'
        ? new RecordError('event_exists', `${what} already exists in the calendar`)
        : new RetryableError('conflict', `Google was busy with ${what}: ${detail}`);
    case 410:
      return gone(reason, detail, purpose);
    case 412:
      return new RetryableError('event_changed', `${what} was changed in Google at the same time`);
    case 429:
      return rateLimited(answer, DEFAULT_WAIT_MS);
    default:
      return status < 500 && status !== 408
        ? new FinalError(reason || `http_${status}`, `${what}: ${detail}`)
        : noAnswer(purpose, `Google answered ${status}`);
  }
}

const notFound = ({ service, what, ofEvent }: Purpose): LockstepError =>
  ofEvent
    ? new RecordError('not_found', `Google cannot find ${what}`)
    : new FinalError(`${service}_not_found`, `Google cannot find ${what}: check GOOGLE_ROOT_URL`);

function forbidden(reason: string, detail: string, answer: Answer, purpose: Purpose): LockstepError {
  const { what, account, ofEvent, service = 'calendar' } = purpose;
  if (RATE_REASONS.has(reason)) return rateLimited(answer, DEFAULT_WAIT_MS);
  if (QUOTA_REASONS.has(reason)) return rateLimited(answer, QUOTA_WAIT_MS);
  const ofAccount = ACCOUNT_REASONS.get(reason);
  if (ofAccount !== undefined) {
    return new FinalError(`${service}_forbidden`, `Google refuses the ${account} account (${detail}): ${ofAccount}`);
  }
  switch (reason) {
    case 'insufficientPermissions':
      return new FinalError(
        'google_scope_missing',
        `The sign-in of the ${account} account does not allow this: ${signInAgain(account)}, and tick ${NAMES[service].line}`,
      );
    case 'accessNotConfigured':
      return new FinalError(
        'google_api_off',
        `The ${NAMES[service].api} is switched off: enable it for the project of GOOGLE_CLIENT_ID in the Google Cloud console`,
      );
    case 'requiredAccessLevel':
      return new FinalError(
        'calendar_read_only',
        `The ${account} account may not write ${what}: ask its owner for "Make changes to events", or choose another calendar`,
      );
    default:
      // A page in HTML comes from a proxy or from Google's front end, and is about no event.
      return ofEvent && apiBody.parse(answer.data).isReadable
        ? new RecordError('event_forbidden', `Google does not allow this with ${what}: ${detail}`)
        : new FinalError(`${service}_forbidden`, `Google does not allow this with ${what}: ${detail}`);
  }
}

/** 410 has several meanings; only the reason distinguishes them. */
function gone(reason: string, detail: string, { what, byToken }: Purpose): LockstepError {
  switch (reason) {
    case 'fullSyncRequired':
    case 'updatedMinTooLongAgo':
      return tokenLost(what);
    case 'deleted':
      return new RecordError('event_deleted', `${what} is already deleted in Google`);
    default:
      return byToken ? tokenLost(what) : new FinalError('gone', `${what}: ${detail}`);
  }
}

const tokenLost = (what: string): RetryableError =>
  new RetryableError('full_sync_required', `${what}: the sync token has expired; everything is listed again`);

const rateLimited = ({ headers }: Answer, waitMs: number): RetryableError =>
  new RetryableError('rate_limited', 'Google asks to wait', {
    retryAfterMs: retryAfterMs(hasGet(headers) ? headers.get('retry-after') : null, waitMs),
  });

/** The client's headers are like the global `Headers`, but not an instance of them. */
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
  return noAnswer(
    purpose,
    timedOut ? 'no answer within the time limit' : `the connection broke (${names[0] ?? 'unknown'})`,
  );
}

/** Codes and names along the chain of causes. Messages are left out: they may quote URLs and bodies. */
function namesOf(failure: unknown): string[] {
  const names: string[] = [];
  for (let at: unknown = failure; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') names.push(at.code);
    names.push(at.name);
  }
  return names;
}

function noAnswer({ kind, what }: Purpose, why: string): LockstepError {
  const message = `${what}: ${why}`;
  return kind === 'read' ? new RetryableError('no_answer', message) : new AmbiguousWriteError(message);
}
