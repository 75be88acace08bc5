import type pg from 'pg';
import sql, { join, raw, type Sql } from 'sql-template-tag';
import { databaseError } from './database-error.ts';
import { openPool, type PoolWait } from './pool.ts';
import type { Seat } from './seat.ts';

export { join, raw, type Sql, sql };

/** A statement without a response after this time has lost its connection. */
const RESPONSE_MS = 60_000;

/**
 * Runs statements: each on a connection of its own, or all in one transaction (see `transaction`).
 *
 *     database.query<{ id: string }>(sql`SELECT id FROM tasks WHERE title = ${title}`)
 *
 * A statement that is built from an entity's declaration is passed as text, with its parameters as `values`.
 * Instants are `Date`s, bigints are `bigint`s; days, times and numerics are strings, as PostgreSQL writes them.
 */
export interface Database {
  /** @returns the rows. @throws as `databaseError` */
  query<Row extends object>(statement: Sql | string, values?: readonly unknown[]): Promise<Row[]>;
  /** @returns how many rows it wrote. @throws as `databaseError` */
  execute(statement: Sql | string, values?: readonly unknown[]): Promise<number>;
}

export interface DatabasePool extends Database {
  close(): Promise<void>;
}

/**
 * One pool for a workspace; connects on first use, so a worker starts without PostgreSQL.
 * @param onWait called now and then while callers wait for a connection
 * @param seat where several workspaces share the connections of a server
 */
export const openDatabase = (
  url: string,
  poolSize: number,
  onWait: (wait: PoolWait) => void = () => undefined,
  seat?: Seat,
): DatabasePool => new PooledDatabase(openPool(url, poolSize, onWait, seat));

/** How long a transaction waits for a lock. */
type LockTimeout = `${number}${'ms' | 's'}`;

export interface TransactionOptions {
  /**
   * - `sync`: writes are the sync's own, not stamped as edits.
   * - `user`: writes count as a user's edits.
   * - `rollback`: as `user`, but everything is rolled back at the end, nested transactions included. For short work:
   *   what it writes is locked meanwhile.
   * - `readonly`: PostgreSQL refuses any write.
   */
  readonly as: 'sync' | 'user' | 'rollback' | 'readonly';
  /** Default: that of `LOCK_TIMEOUTS`. */
  readonly lockTimeout?: LockTimeout;
}

/** Shorter than PostgreSQL's deadlock check (1 s), so that PostgreSQL never ends a user's transaction because of ours. */
export const YIELD_TO_USERS: LockTimeout = '800ms';

const LOCK_TIMEOUTS: Readonly<Record<TransactionOptions['as'], LockTimeout>> = {
  sync: YIELD_TO_USERS,
  /** A person waits for the response. */
  user: '10s',
  rollback: '10s',
  readonly: '10s',
};

/**
 * Runs `work` in one transaction, or in a savepoint when `database` is a transaction already. Everything that `work`
 * does through the database it gets is committed together, or not at all.
 * @throws as `databaseError`, and what `work` throws
 */
export const transaction = <T>(
  database: Database,
  options: TransactionOptions,
  work: (tx: Database) => Promise<T>,
): Promise<T> =>
  database instanceof TransactionDatabase ? database.nest(options, work) : toPool(database).begin(options, work);

function toPool(database: Database): PooledDatabase {
  if (database instanceof PooledDatabase) return database;
  throw new TypeError('a transaction needs a database of openDatabase');
}

class PooledDatabase implements DatabasePool {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async query<Row extends object>(statement: Sql | string, values?: readonly unknown[]): Promise<Row[]> {
    return (await mapErrors(() => this.#pool.query<Row>(toQuery(statement, values)))).rows;
  }

  async execute(statement: Sql | string, values?: readonly unknown[]): Promise<number> {
    return (await mapErrors(() => this.#pool.query(toQuery(statement, values)))).rowCount ?? 0;
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async begin<T>(options: TransactionOptions, work: (tx: Database) => Promise<T>): Promise<T> {
    const connection = await mapErrors(() => this.#pool.connect());
    const tx = new TransactionDatabase(connection, options);
    let isLost = true;
    try {
      await tx.execute(`BEGIN${options.as === 'readonly' ? ' READ ONLY' : ''}; ${settings(options)}`);
      const result = await work(tx);
      await tx.finish(options.as === 'rollback' ? 'ROLLBACK' : 'COMMIT');
      isLost = false;
      return result;
    } catch (error) {
      isLost = await tx.finish('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      connection.release(isLost);
    }
  }
}

class TransactionDatabase implements Database {
  readonly #connection: pg.PoolClient;
  readonly #options: TransactionOptions;
  readonly #depth: number;

  constructor(connection: pg.PoolClient, options: TransactionOptions, depth = 0) {
    this.#connection = connection;
    this.#options = options;
    this.#depth = depth;
  }

  async query<Row extends object>(statement: Sql | string, values?: readonly unknown[]): Promise<Row[]> {
    return (await mapErrors(() => this.#connection.query<Row>(toQuery(statement, values)))).rows;
  }

  async execute(statement: Sql | string, values?: readonly unknown[]): Promise<number> {
    return (await mapErrors(() => this.#connection.query(toQuery(statement, values)))).rowCount ?? 0;
  }

  async finish(end: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const { command } = await mapErrors(() => this.#connection.query(toQuery(end)));
    // PostgreSQL responds to COMMIT of a failed transaction with ROLLBACK, and reports no error.
    if (command !== end) throw new Error('a statement of the transaction failed, and its error was ignored');
  }

  async nest<T>(options: TransactionOptions, work: (tx: Database) => Promise<T>): Promise<T> {
    const savepoint = `level_${this.#depth + 1}`;
    const undo = `ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`;
    const readOnly = options.as === 'readonly' ? 'SET LOCAL transaction_read_only = on; ' : '';
    await this.execute(`SAVEPOINT ${savepoint}; ${readOnly}${settings(options)}`);
    try {
      const result = await work(new TransactionDatabase(this.#connection, options, this.#depth + 1));
      // Settings of a released savepoint stay until the transaction ends.
      const keep = `RELEASE SAVEPOINT ${savepoint}; ${settings(this.#options)}`;
      await this.execute(options.as === 'rollback' || options.as === 'readonly' ? undo : keep);
      return result;
    } catch (error) {
      await this.execute(undo).catch(() => undefined);
      throw error;
    }
  }
}

/** `lockstep.sync` tells the triggers whose writes these are. */
const settings = ({ as, lockTimeout = LOCK_TIMEOUTS[as] }: TransactionOptions): string =>
  `SELECT set_config('lockstep.sync', '${as === 'sync' ? 'on' : ''}', true), set_config('lock_timeout', '${lockTimeout}', true)`;

function toQuery(statement: Sql | string, values: readonly unknown[] = []): pg.QueryConfig & { query_timeout: number } {
  const isText = typeof statement === 'string';
  return {
    text: isText ? statement : statement.text,
    values: isText ? [...values] : statement.values,
    query_timeout: RESPONSE_MS,
  };
}

async function mapErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw databaseError(error);
  }
}
