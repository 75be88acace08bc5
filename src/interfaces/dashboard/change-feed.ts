import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';

/** Where changes are seen. */
export interface Probe {
  /** A text that differs after a change. */
  readonly read: () => Promise<string>;
  readonly everyMs: number;
}

/** Tells its listeners that something has changed. It reads the probes only while somebody listens. */
export class ChangeFeed {
  readonly #probes: readonly Probe[];
  readonly #say: (line: string) => void;
  readonly #listeners = new Set<() => void>();
  /** What each probe said last; kept while nobody listens. */
  readonly #markers = new Map<Probe, string>();
  #changedAt = 0;
  #watching = new AbortController();

  constructor(probes: readonly Probe[], say: (line: string) => void) {
    this.#probes = probes;
    this.#say = say;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /**
   * @param since in milliseconds; the listener is called immediately if something has changed since then
   * @param signal ends it
   */
  listen(listener: () => void, since: number, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#remove(listener), { once: true });
    if (this.#listeners.size === 1) this.#start();
    if (this.#changedAt >= since) listener();
  }

  #remove(listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#watching.abort();
  }

  #start(): void {
    this.#watching = new AbortController();
    for (const probe of this.#probes) void this.#watch(probe, this.#watching.signal);
  }

  /** A probe that fails is tried again, and has changed when it succeeds: a page may show the failure. */
  async #watch(probe: Probe, signal: AbortSignal): Promise<void> {
    let hasFailed = false;
    while (!signal.aborted) {
      try {
        const marker = await probe.read();
        if (signal.aborted) return;
        if (hasFailed || this.#markers.get(probe) !== marker) this.#publish();
        this.#markers.set(probe, marker);
        hasFailed = false;
      } catch (error) {
        // The pages show expected errors.
        if (!hasFailed && !signal.aborted && !(error instanceof LockstepError)) {
          this.#say(`changes are not seen: ${error}`);
        }
        hasFailed = true;
      }
      await sleep(probe.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #publish(): void {
    this.#changedAt = Date.now();
    for (const listener of this.#listeners) listener();
  }
}
