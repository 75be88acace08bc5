export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** The random share of each delay, 0 to 1, so that many clients do not retry at the same moment. */
  readonly jitter?: number;
}

/** Delays between attempts: each is twice as long as the one before, up to a maximum. */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.firstMs;
  }

  /** @returns how long to wait before the next attempt, in milliseconds */
  next(): number {
    const { maxMs, jitter } = this.#options;
    const delayMs = Math.min(this.#nextMs, maxMs);
    this.#nextMs = delayMs * 2;
    return jitter === undefined ? delayMs : delayMs * (1 - jitter * Math.random());
  }

  /** Starts again from the first delay; call it after a success. */
  reset(): void {
    this.#nextMs = this.#options.firstMs;
  }
}
