import { refusal } from './refusal.ts';

const WINDOW_MS = 60_000;

export interface QuotaLimits {
  /** Requests in any 60 seconds. */
  readonly perMinute: number;
  readonly perMinutePerUser: number;
  /** Google uses both. */
  readonly status: 403 | 429;
}

/** @see https://developers.google.com/workspace/calendar/api/guides/quota */
export class Quota {
  readonly #limits: QuotaLimits;
  readonly #now: () => number;
  #spent: { readonly at: number; readonly user: string }[] = [];

  constructor(limits: QuotaLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** @throws Refusal 403 or 429 when the project or the user has no requests left */
  spend(user: string): void {
    const from = this.#now() - WINDOW_MS;
    this.#spent = this.#spent.filter(({ at }) => at > from);
    const { perMinute, perMinutePerUser, status } = this.#limits;
    if (this.#spent.length >= perMinute) throw refusal(status, 'rateLimitExceeded', 'Rate Limit Exceeded');
    if (this.#spent.filter((request) => request.user === user).length >= perMinutePerUser)
      throw refusal(status, 'userRateLimitExceeded', 'User Rate Limit Exceeded');
    this.#spent.push({ at: this.#now(), user });
  }
}
