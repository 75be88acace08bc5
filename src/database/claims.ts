import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RetryableError } from '../errors.ts';

const RETRY_MS = 250;

/**
 * Mutual exclusion between workers, by PostgreSQL's session locks: they last as
 * long as the connection, so the claims of a crashed worker are released at once.
 * One connection outside the pool holds them all; otherwise they would exhaust the pool.
 */
export class Claims {
  readonly #url: string;
  #connection: Promise<pg.Client> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** What this process holds: a session could take its own lock a second time. */
  readonly #held = new Map<string, AbortController>();

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Waits for the claim, then runs `work`. Its signal aborts when the connection, and with it the claim, is lost.
   */
  async hold<T>(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController();
    while (!(await this.#take(name, lost))) {
      await sleep(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    try {
      return await work(AbortSignal.any([signal, lost.signal]));
    } finally {
      await this.#release(name, lost);
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    await connection?.end();
  }

  async #take(name: string, lost: AbortController): Promise<boolean> {
    if (this.#held.has(name)) return false;
    this.#held.set(name, lost);
    try {
      const taken = await this.#query(
        "SELECT pg_try_advisory_lock(hashtextextended('lockstep:' || $1, 0)) AS answer",
        name,
      );
      if (taken) return true;
    } catch (error) {
      this.#held.delete(name);
      throw new RetryableError('database_unavailable', `PostgreSQL did not answer: ${reason(error)}`, { cause: error });
    }
    this.#held.delete(name);
    return false;
  }

  async #release(name: string, lost: AbortController): Promise<void> {
    if (this.#held.get(name) !== lost) return;
    try {
      if (!lost.signal.aborted) {
        await this.#query("SELECT pg_advisory_unlock(hashtextextended('lockstep:' || $1, 0)) AS answer", name);
      }
    } catch {
      // The connection is gone, and the lock with it.
    } finally {
      this.#held.delete(name);
    }
  }

  /** One query at a time, since a connection runs no more. */
  #query(question: string, name: string): Promise<boolean> {
    const answer = this.#last.then(async () => {
      const connection = await this.#connect();
      const { rows } = await connection.query<{ answer: boolean }>(question, [name]);
      return rows[0]?.answer === true;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  #connect(): Promise<pg.Client> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  async #open(): Promise<pg.Client> {
    const connection = new pg.Client({
      connectionString: this.#url,
      application_name: 'lockstep claims',
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
      keepAlive: true,
    });
    let gone = false;
    // A server that shuts down emits several errors, and an error event without a listener would end the process.
    const onLoss = (): void => {
      if (gone) return;
      gone = true;
      this.#connection = null;
      for (const lost of this.#held.values()) {
        lost.abort(new RetryableError('database_unavailable', 'PostgreSQL closed the connection that held the claim'));
      }
    };
    connection.on('error', onLoss);
    connection.on('end', onLoss);
    try {
      await connection.connect();
    } catch (error) {
      this.#connection = null;
      throw error;
    }
    return connection;
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
