import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../../shared/backoff.ts';
import { isRetryable, lineOf, telegramError } from './telegram-errors.ts';

const RETRY = { firstMs: 500, maxMs: 30_000 };

export interface RetryOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Retries with increasing delays until the work succeeds.
 * @returns undefined when the signal aborts first
 * @throws errors that are not retryable, converted by `telegramError`
 */
export async function retryUntilDone<T>(work: () => Promise<T>, { signal, say }: RetryOptions): Promise<T | undefined> {
  const backoff = new Backoff(RETRY);
  while (!signal.aborted) {
    try {
      return await work();
    } catch (thrown) {
      if (signal.aborted) return undefined;
      const error = telegramError(thrown);
      if (!isRetryable(error)) throw error;
      const delayMs = backoff.next();
      const forMs = error.retryAfterMs ?? delayMs;
      say(`${error.message}; retrying in ${Math.ceil(forMs / 1_000)} s`);
      await sleep(forMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

/** For optional work. @returns undefined when Telegram refused it */
export async function ignoreRefusal<T>(work: () => Promise<T>, say: (line: string) => void): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    const error = telegramError(thrown);
    if (isRetryable(error)) throw error;
    say(lineOf(error));
    return undefined;
  }
}
