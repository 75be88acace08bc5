export interface Stoppable {
  stop(): Promise<void>;
  /** Ends it at once. */
  kill?(): void;
}

/** What was started, to be stopped in the opposite order. */
export class Stack {
  readonly #started: Stoppable[] = [];

  push(started: Stoppable): void {
    this.#started.push(started);
  }

  async stop(): Promise<void> {
    for (let last = this.#started.at(-1); last; last = this.#started.at(-1)) {
      await last.stop();
      this.#started.pop();
    }
  }

  /** Ends at once whatever has not been stopped yet. */
  kill(): void {
    for (const started of this.#started.toReversed()) started.kill?.();
  }
}
