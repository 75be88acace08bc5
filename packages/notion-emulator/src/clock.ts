/** The workspace's time, in milliseconds: it runs with the machine's until somebody sets or stops it. */
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

  /** Sets the time; it runs on from there, unless it was stopped. */
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

  /** Lets a stopped clock run on from where it stands. */
  run(): void {
    const stoppedAt = this.#stoppedAt;
    this.#stoppedAt = null;
    if (stoppedAt !== null) this.set(stoppedAt);
  }
}
