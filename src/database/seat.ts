import { RetryableError } from '../errors.ts';
import { withResolvers } from '../shared/with-resolvers.ts';

/** Where others wait for connections, those that are not used are closed after this time. */
export const SHARED_IDLE_MS = 2_000;
/** Shorter than a pool waits for a connection. */
const MAX_WAIT_MS = 50_000;

/** How many connections the workspaces of this process may open at one PostgreSQL server. First come, first served. */
export class ConnectionLimit {
  readonly #total: number;
  #free: number;
  readonly #waiting: { readonly count: number; readonly go: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /** What is taken when all is asked for. */
  atMost(count: number): number {
    return Math.min(count, this.#total);
  }

  /** @throws RetryableError `pool_exhausted` after a while */
  async take(count: number): Promise<void> {
    if (this.#waiting.length === 0 && count <= this.#free) {
      this.#free -= count;
      return;
    }
    const { promise, resolve, reject } = withResolvers<void>();
    const place = { count, go: resolve };
    this.#waiting.push(place);
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(place), 1);
      reject(allTaken(this.#total));
      this.#serve();
    }, MAX_WAIT_MS);
    await promise.finally(() => clearTimeout(timer));
  }

  give(count: number): void {
    this.#free += count;
    this.#serve();
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.count <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.count;
      next.go();
    }
  }
}

/**
 * The connections of one workspace: it may open all of them, or none. Otherwise several that have begun their work
 * could wait for each other's last connection without end.
 */
export class Seat {
  readonly #limit: ConnectionLimit;
  readonly #size: number;
  #open = 0;
  #taken: Promise<void> | null = null;

  constructor(limit: ConnectionLimit, connections: number) {
    this.#limit = limit;
    this.#size = limit.atMost(connections);
  }

  /**
   * Waits until a connection may be opened.
   * @returns to be called when it is closed, or was not opened
   * @throws RetryableError `pool_exhausted`
   */
  async enter(): Promise<() => void> {
    this.#open += 1;
    const taken = this.#taken ?? this.#limit.take(this.#size);
    this.#taken = taken;
    try {
      await taken;
    } catch (error) {
      this.#open -= 1;
      if (this.#taken === taken) this.#taken = null;
      throw error;
    }
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#open -= 1;
      if (this.#open > 0) return;
      this.#taken = null;
      this.#limit.give(this.#size);
    };
  }
}

const allTaken = (total: number): RetryableError =>
  new RetryableError(
    'pool_exhausted',
    `other workspaces of this worker used all ${total} connections to PostgreSQL: raise DATABASE_MAX_CONNECTIONS; it is tried again`,
  );
