import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { FinalError, RetryableError } from '../errors.ts';
import { type Database, sql } from './client.ts';
import { Connection } from './connection.ts';
import { type Seat, SHARED_IDLE_MS } from './seat.ts';
import { refuseTransactionPooling } from './transaction-pooling.ts';

const RETRY_MS = 250;

/** The times of claims, in milliseconds. */
export interface ClaimTimes {
  /**
   * PostgreSQL ends a session that asks nothing for this time: its process is suspended, or its machine was lost
   * without a word. Longer than the process ever computes without a pause.
   */
  readonly lease: number;
  /** How often the session shows that its process is alive. */
  readonly ping: number;
  /** How long one attempt waits for a claim. */
  readonly maxWait: number;
  /** How long work may take to end after its claim was lost or it was cancelled. */
  readonly grace: number;
}

/** How a caller waits for a claim; an activity's attempt is one. */
export interface ClaimWait {
  readonly signal: AbortSignal;
  /** In milliseconds; undefined for the default of a minute. */
  readonly claimWait?: number | undefined;
}

const TIMES: ClaimTimes = { lease: 20_000, ping: 4_000, maxWait: 60_000, grace: 30_000 };

/** One at a time: it opens two connections, which no seat counts. */
let checking: Promise<unknown> = Promise.resolve();

/** PostgreSQL's limit for an application name. */
const MAX_NAME = 63;

/** PostgreSQL 13 has no timeout for idle sessions: there, only the lost machine is noticed, by the keepalives. */
const SETTINGS = `
  SELECT set_config(name, value, false)
  FROM (VALUES ('idle_session_timeout', $1), ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '5'),
               ('tcp_keepalives_count', '3')) AS wanted (name, value)
  JOIN pg_settings USING (name)`;

/** The beginning of the application name of sessions that hold claims; process and machine follow. */
export const CLAIMS_SESSION = 'lockstep claims';

/**
 * Mutual exclusion between workers, by PostgreSQL's session locks: they last as
 * long as the session, so the claims of a crashed worker are released at once, and
 * those of a suspended one or a lost machine when its lease ends.
 * One connection outside the pool holds them all; otherwise they would exhaust the pool.
 */
export class Claims {
  readonly #url: string;
  readonly #times: ClaimTimes;
  readonly #seat: Seat | undefined;
  #connection: Promise<pg.Client> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** What this process holds: a session could take its own lock a second time. */
  readonly #held = new Map<string, AbortController>();
  /** When the last question that PostgreSQL has answered was asked: the lease lasts from then on. */
  #confirmedAt = 0;
  #isDirect = false;
  #idle: NodeJS.Timeout | undefined;

  /** @param seat where several workspaces share the connections of a server */
  constructor(url: string, times: Partial<ClaimTimes> = {}, seat?: Seat) {
    this.#url = url;
    this.#times = { ...TIMES, ...times };
    this.#seat = seat;
  }

  /**
   * Waits for the claim, then runs `work`. Its signal aborts when the session, and with it the claim, is lost. Work that
   * does not end then is abandoned, so that it holds nothing up.
   * @throws RetryableError `claim_busy` after `claimWait`, which names the holder
   */
  async hold<T>(
    name: string,
    { signal, claimWait = this.#times.maxWait }: ClaimWait,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const lost = new AbortController();
    const since = Date.now();
    while (!(await this.#take(name, lost))) {
      if (Date.now() - since > claimWait) throw await this.#busy(name);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    try {
      const held = this.#leased(AbortSignal.any([signal, lost.signal]));
      return await Promise.race([work(held), this.#abandonment(held, lost)]);
    } finally {
      await this.#release(name, lost);
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    await connection?.end();
  }

  /**
   * After the process was suspended, its claim may belong to another one before this process has noticed the loss. So
   * asking the signal before a write also asks whether the lease has ended.
   */
  #leased(signal: AbortSignal): AbortSignal {
    signal.throwIfAborted = () => {
      if (Date.now() - this.#confirmedAt > this.#times.lease) {
        this.#abortAll('this process was suspended, so its claims may belong to another worker');
      }
      AbortSignal.prototype.throwIfAborted.call(signal);
    };
    return signal;
  }

  /** Rejects when the signal has been aborted for a while. */
  async #abandonment(signal: AbortSignal, lost: AbortController): Promise<never> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await sleep(this.#times.grace, undefined, { ref: false });
    // From now on, the work can write nothing more.
    lost.abort(signal.reason);
    throw signal.reason;
  }

  #abortAll(reason: string): void {
    for (const lost of this.#held.values()) lost.abort(new RetryableError('database_unavailable', reason));
  }

  async #busy(name: string): Promise<RetryableError> {
    const holder = this.#held.has(name) ? 'another activity of this worker' : await this.#holderOf(name);
    return new RetryableError('claim_busy', `${name} is in use by ${holder}: waiting until that ends`);
  }

  /** Who holds a claim, as PostgreSQL knows it. */
  async #holderOf(name: string): Promise<string> {
    const connection = await this.#connect();
    const { rows } = await connection.query<{ application_name: string; pid: number; since: Date }>(
      `SELECT a.application_name, a.pid, a.backend_start AS since FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
          AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('lockstep:' || $1, 0)`,
      [name],
    );
    const [holder] = rows;
    if (!holder) return 'a process that has just ended';
    const who = holder.application_name.replace(`${CLAIMS_SESSION} `, 'process ');
    return `${who} (PostgreSQL session ${holder.pid}, since ${holder.since.toISOString()})`;
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
      if (error instanceof FinalError || isSeatless(error)) throw error;
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
      this.#closeWhenIdle();
    }
  }

  #closeWhenIdle(): void {
    if (this.#seat === undefined) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#held.size > 0) return;
      const connection = this.#connection;
      this.#connection = null;
      connection?.then((idle) => idle.end()).catch(() => undefined);
    }, SHARED_IDLE_MS).unref();
  }

  /** One query at a time, since a connection runs no more. */
  #query(question: string, name: string): Promise<boolean> {
    const answer = this.#last.then(async () => {
      const connection = await this.#connect();
      const askedAt = Date.now();
      const { rows } = await connection.query<{ answer: boolean }>(question, [name]);
      this.#confirmedAt = askedAt;
      return rows[0]?.answer === true;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  #connect(): Promise<pg.Client> {
    if (this.#connection) return this.#connection;
    /** @returns whether it was the current one */
    const forget = (): boolean => {
      const isCurrent = this.#connection === opened;
      if (isCurrent) this.#connection = null;
      return isCurrent;
    };
    const opened = this.#open(forget);
    this.#connection = opened;
    this.#closeWhenIdle();
    return opened;
  }

  /** Where the connection is closed and opened again and again, it is checked once. */
  async #checkPooling(): Promise<void> {
    if (this.#seat === undefined) return refuseTransactionPooling(this.#url);
    if (this.#isDirect) return;
    const check = checking.then(() => refuseTransactionPooling(this.#url));
    checking = check.catch(() => undefined);
    await check;
    this.#isDirect = true;
  }

  async #open(forget: () => boolean): Promise<pg.Client> {
    const connection = new Connection({
      connectionString: this.#url,
      application_name: `${CLAIMS_SESSION} ${process.pid} on ${hostname()}`.slice(0, MAX_NAME),
      query_timeout: 10_000,
      keepAlive: true,
    });
    const leave = await this.#seat?.enter().catch((error: unknown) => {
      forget();
      throw error;
    });
    let gone = false;
    // A server that shuts down emits several errors, and an error event without a listener would end the process.
    const onLoss = (): void => {
      if (gone) return;
      gone = true;
      clearInterval(pinging);
      leave?.();
      if (forget()) this.#abortAll('PostgreSQL closed the connection that held the claim');
    };
    const pinging = setInterval(() => {
      this.#query('SELECT $1::text IS NOT NULL AS answer', 'alive').catch(() =>
        connection.end().catch(() => undefined),
      );
    }, this.#times.ping).unref();
    connection.on('error', onLoss);
    connection.on('end', onLoss);
    try {
      // There, another session could release a claim, or hold it for ever.
      await this.#checkPooling();
      await connection.connect();
      await connection.query(SETTINGS, [String(this.#times.lease)]);
    } catch (error) {
      onLoss();
      throw error;
    }
    return connection;
  }
}

/**
 * Claims until the end of the transaction.
 * @throws RetryableError `claim_busy` when another session holds the claim
 */
export async function claimInTransaction(tx: Database, name: string): Promise<void> {
  const [found] = await tx.query<{ taken: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(hashtextextended('lockstep:' || ${name}, 0)) AS taken`,
  );
  if (found?.taken) return;
  throw new RetryableError('claim_busy', `${name} is being synced: try again when that sync has ended`);
}

const isSeatless = (error: unknown): boolean => error instanceof RetryableError && error.code === 'pool_exhausted';

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
