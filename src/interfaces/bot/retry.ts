import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../../shared/backoff.ts';
import { isRetryable, lineOf, telegramError } from './telegram-errors.ts';

const RETRY = { firstMs: 500, maxMs: 30_000 };

export interface RetryOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Does it again, with longer and longer waits, until it is done.
 * @returns undefined where the signal came first
 * @throws what does not pass by itself, as `telegramError` says it
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
      say(`${error.message}; again in ${Math.ceil(forMs / 1_000)} s`);
      await sleep(forMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

/** For what may be left undone. @returns undefined where Telegram refused it */
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
