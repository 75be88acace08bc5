import { NotionError } from './api-error.ts';

const WINDOW_MS = 60_000;

/**
 * A limit of requests per token in each window of 60 seconds. All of them can be sent at once.
 * @see https://developers.notion.com/reference/request-limits
 */
export class Budget {
  readonly #now: () => number;
  readonly #limit: () => number;
  readonly #windows = new Map<string, { startedAt: number; spent: number }>();

  constructor(now: () => number, limit: () => number) {
    this.#now = now;
    this.#limit = limit;
  }

  /** @throws NotionError 429 with the seconds until the next window */
  spend(token: string): void {
    const now = this.#now();
    const window = this.#windows.get(token);
    if (!window || now >= window.startedAt + WINDOW_MS) {
      this.#windows.set(token, { startedAt: now, spent: 1 });
      return;
    }
    if (window.spent < this.#limit()) {
      window.spent += 1;
      return;
    }
    throw rateLimited(Math.ceil((window.startedAt + WINDOW_MS - now) / 1000));
  }

  /** Starts every token's next window now. */
  reset(): void {
    this.#windows.clear();
  }
}

export const rateLimited = (seconds: number): NotionError =>
  new NotionError(429, 'rate_limited', 'You have been rate limited. Please try again in a few minutes.', {
    retryAfter: seconds,
    additionalData: { rate_limit_reason: 'public_api_request_rate_limit', retry_after: String(seconds) },
  });
