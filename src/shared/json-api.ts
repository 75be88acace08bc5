import type { z } from 'zod';
import { FinalError, type LockstepError, RecordError, RetryableError } from '../errors.ts';
import { retryAfterMs } from './retry-after.ts';

/** A service that answers questions with JSON. */
export interface JsonApi {
  /** For messages. */
  readonly name: string;
  /** An origin, without `/` at its end. */
  readonly baseUrl: string;
  /** The variables that messages name. */
  readonly keyVariable: string;
  readonly urlVariable: string;
}

export interface Question {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const ANSWER_MS = 10_000;
const DEFAULT_WAIT_MS = 10_000;

/**
 * Asks once. The key may stand in the address, so nothing of what `fetch` says is passed on.
 * @throws FinalError, RetryableError, and RecordError where it is the question that is refused
 */
export async function askJson<T>(api: JsonApi, question: Question, answer: z.ZodType<T>): Promise<T> {
  const { path, query, headers = {}, signal } = question;
  signal.throwIfAborted();
  try {
    const response = await fetch(`${api.baseUrl}${path}?${query}`, {
      headers: { accept: 'application/json', ...headers },
      // A redirect would take the key along.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw refusal(api, response);
    }
    const parsed = answer.safeParse(await response.json());
    if (parsed.success) return parsed.data;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FinalError || error instanceof RetryableError || error instanceof RecordError) throw error;
    throw unanswered(api, error);
  }
  throw new RetryableError('no_answer', `${api.name} answered with something else than what it is documented to`);
}

function refusal({ name, keyVariable, urlVariable }: JsonApi, { status, headers }: Response): LockstepError {
  switch (status) {
    case 401:
    case 403:
      return new FinalError(
        'unauthorized',
        `${name} refused the key (${status}): put a valid one in ${keyVariable}, and see in your account there whether it is used up`,
      );
    case 429:
      return new RetryableError('rate_limited', `${name} asks to wait`, {
        retryAfterMs: retryAfterMs(headers.get('retry-after'), DEFAULT_WAIT_MS),
      });
    case 400:
    case 422:
      return new RecordError('refused', `${name} refused the question (${status})`);
    default:
      return status >= 500 || status === 408
        ? new RetryableError('no_answer', `${name} answered ${status}`)
        : new FinalError(`http_${status}`, `${name} answered ${status}: check ${urlVariable}`);
  }
}

function unanswered({ name, urlVariable }: JsonApi, error: unknown): RetryableError {
  const why = codeOf(error);
  return new RetryableError('no_answer', `${name} did not answer (${why}): check the network and ${urlVariable}`);
}

/** Codes and names alone: messages may quote the address. */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}
