export interface Stoppable {
  stop(): Promise<void>;
  /** Ends at once. */
  kill?(): void;
}

/** Started services, stopped in reverse order. */
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

  /** Kills everything that has not been stopped yet. */
  kill(): void {
    for (const started of this.#started.toReversed()) started.kill?.();
  }
}
