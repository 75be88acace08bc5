import type { z } from 'zod';
import { FinalError, type LockstepError, RecordError, RetryableError } from '../errors.ts';
import { retryAfterMs } from './retry-after.ts';

/** An HTTP service that answers GET requests with JSON. */
export interface JsonApi {
  /** The name of the service, for messages. */
  readonly name: string;
  /** An origin, without `/` at its end. */
  readonly baseUrl: string;
  /** The variables that hold the key and the address, for messages. */
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
 * Sends one request. The address may contain the key, so error messages of `fetch` are not passed on.
 * @throws FinalError, RetryableError, and RecordError when the service refuses this request only
 */
export async function askJson<T>(api: JsonApi, question: Question, answer: z.ZodType<T>): Promise<T> {
  const { path, query, headers = {}, signal } = question;
  signal.throwIfAborted();
  try {
    const response = await fetch(`${api.baseUrl}${path}?${query}`, {
      headers: { accept: 'application/json', ...headers },
      // A redirect would pass on the key.
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
  throw new RetryableError('no_answer', `${api.name} sent an undocumented answer`);
}

function refusal({ name, keyVariable, urlVariable }: JsonApi, { status, headers }: Response): LockstepError {
  switch (status) {
    case 401:
    case 403:
      return new FinalError(
        'unauthorized',
        `${name} refused the key (${status}): set a valid one in ${keyVariable}, and check its quota in your account`,
      );
    case 429:
      return new RetryableError('rate_limited', `${name} asks to wait`, {
        retryAfterMs: retryAfterMs(headers.get('retry-after'), DEFAULT_WAIT_MS),
      });
    case 400:
    case 422:
      return new RecordError('refused', `${name} refused the request (${status})`);
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

/** Only codes and names: a message may quote the address. */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}
