const WINDOW_MS = 60_000;

/**
 * Notion's own measure: so many requests in any rolling 60 seconds, spendable
 * in one burst. Whoever is told to wait halts everybody.
 *
 *     |<------------- 60 s ------------->|
 *      x xx x     xxxx          x  x  x   now
 *      ^ the oldest leaves the window first, and makes room for the next
 *
 * @see https://developers.notion.com/reference/request-limits
 */
export class RequestBudget {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #spent: number[] = [];
  #pausedUntil = 0;

  constructor(requestsPerMinute: number, now: () => number = Date.now) {
    this.#limit = requestsPerMinute;
    this.#now = now;
  }

  /** Waits until a request may be sent, and counts it as sent. Throws the signal's reason when aborted. */
  async take(signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const wait = this.#waitMs();
      if (wait <= 0) break;
      await abortableSleep(Math.min(wait, 1_000), signal);
    }
    this.#spent.push(this.#now());
  }

  /** Nobody sends anything for this long. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#now() + ms);
  }

  /** Requests sent within the last 60 seconds. */
  used(): number {
    this.#forget();
    return this.#spent.length;
  }

  #waitMs(): number {
    this.#forget();
    const room = this.#spent.length < this.#limit ? 0 : (this.#spent[0] ?? 0) + WINDOW_MS - this.#now();
    return Math.max(room, this.#pausedUntil - this.#now());
  }

  #forget(): void {
    const from = this.#now() - WINDOW_MS;
    while (this.#spent[0] !== undefined && this.#spent[0] <= from) this.#spent.shift();
  }
}

function abortableSleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
