/** The workspace's time in milliseconds. It follows the machine's clock until it is set or stopped. */
export class Clock {
  readonly #base: () => number;
  #offset = 0;
  #stoppedAt: number | null = null;

  constructor(base: () => number) {
    this.#base = base;
  }

  now(): number {
    return this.#stoppedAt ?? this.#base() + this.#offset;
  }

  /** Sets the time. The clock keeps running unless it is stopped. */
  set(ms: number): void {
    if (this.#stoppedAt === null) this.#offset = ms - this.#base();
    else this.#stoppedAt = ms;
  }

  advance(ms: number): void {
    this.set(this.now() + ms);
  }

  stop(): void {
    this.#stoppedAt = this.now();
  }

  /** Restarts a stopped clock at the time it shows. */
  run(): void {
    const stoppedAt = this.#stoppedAt;
    this.#stoppedAt = null;
    if (stoppedAt !== null) this.set(stoppedAt);
  }
}
