import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { FinalError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import { openPool, type PoolWait } from './pool.ts';

/** Prisma for what people read here, and the pool below it for what is done to whole batches. */
export type Database = PrismaClient & { readonly pool: pg.Pool };
export type Transaction = Prisma.TransactionClient;

const TRANSACTION_MS = 60_000;
/** Less than PostgreSQL's deadlock check waits, so that a user's transaction is never the one that is ended. */
export const LOCK_WAIT = '800ms';

/**
 * One pool for the process; connects on first use, so a worker starts without PostgreSQL.
 * @param onWait told now and then while callers wait for a connection
 */
export function openDatabase(
  url: string,
  poolSize: number,
  onWait: (wait: PoolWait) => void = () => undefined,
): Database {
  const pool = openPool(url, poolSize, onWait);
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  return Object.assign(new PrismaClient({ adapter, log: [] }), { pool });
}

/**
 * A transaction whose writes count as a user's edits.
 * @throws as `asDatabaseErrors`
 */
export const transaction = <T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  asDatabaseErrors(() => database.$transaction(work, { timeout: TRANSACTION_MS, maxWait: TRANSACTION_MS }));

/** Gives up waiting for a lock before PostgreSQL ends anybody's transaction over it. */
export const yieldToUsers = (tx: Transaction): Promise<unknown> =>
  tx.$queryRaw`SELECT set_config('lock_timeout', ${LOCK_WAIT}, true)`;

/**
 * Runs `work` in one transaction, in which its own run too, and undoes all of it in the end.
 * For short work: what it writes is locked meanwhile.
 */
export async function undone<T>(database: Database, work: (database: Database) => Promise<T>): Promise<T> {
  const undo = new Error('undone');
  let result: { readonly value: T } | undefined;
  const run = async (tx: Transaction): Promise<never> => {
    const $transaction = (inner: (tx: Transaction) => Promise<unknown>): Promise<unknown> => inner(tx);
    const nested = new Proxy(tx, {
      get: (target, key) => (key === '$transaction' ? $transaction : Reflect.get(target, key)),
    });
    // What a transaction lacks of a client is asked by nobody, but for `$transaction`.
    result = { value: await work(nested as Database) };
    throw undo;
  };
  return asDatabaseErrors(async () => {
    try {
      return await database.$transaction(run, { timeout: TRANSACTION_MS, maxWait: TRANSACTION_MS });
    } catch (error) {
      if (error === undo && result) return result.value;
      throw error;
    }
  });
}

/** Runs database work by Prisma. @throws as `databaseError` says; what is no database's fault stays as it is */
export async function asDatabaseErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isOfDatabase(error) ? databaseError(error) : error;
  }
}

/**
 * What PostgreSQL, its driver or the pool said, as one line that hides the connection string: a RecordError when
 * PostgreSQL refuses the values themselves, a RetryableError when it cannot be reached or is busy. A statement that
 * is wrong in itself stays as it is.
 */
export function databaseError(error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  const said = lastLine(error instanceof Error ? error.message : String(error));
  const state = sqlState(error);
  if (DATA_FAULTS.test(state)) return new RecordError('refused_by_sql', `PostgreSQL refused the values: ${said}`);
  if (state === UNDEFINED_TABLE || (error instanceof Error && 'code' in error && error.code === 'P2021')) {
    return new FinalError('schema_missing', 'the database lacks tables of Lockstep: run lockstep migrate');
  }
  if (STATEMENT_FAULTS.test(state)) return error;
  if (state === LOCK_NOT_AVAILABLE) {
    return new RetryableError('row_locked', 'a row is locked by another transaction for long; it is tried again');
  }
  if (said.includes(POOL_EXHAUSTED)) {
    return new RetryableError(
      'pool_exhausted',
      'all connections to PostgreSQL were busy for a minute: raise DATABASE_POOL_SIZE; it is tried again',
    );
  }
  return new RetryableError('database_unavailable', `PostgreSQL did not answer: ${said}`, { cause: error });
}

/** Whether Prisma, its adapter or the pool said it, rather than a fault of ours within the work. */
const isOfDatabase = (error: unknown): boolean =>
  error instanceof Error && (/^(PrismaClient|DriverAdapter)/.test(error.name) || 'code' in error);

/** SQLSTATE classes: data exceptions and constraint violations. */
const DATA_FAULTS = /^(22|23)/;
/** SQLSTATE class: a statement or schema that is wrong in itself. */
const STATEMENT_FAULTS = /^42/;
const UNDEFINED_TABLE = '42P01';
const LOCK_NOT_AVAILABLE = '55P03';
/** What the pool says when nobody gave back a connection in time. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

/** The driver says it as it is, Prisma somewhere within. */
function sqlState(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error instanceof pg.DatabaseError) return error.code ?? '';
  const meta = 'meta' in error ? (JSON.stringify(error.meta) ?? '') : '';
  return /"(?:originalCode|code)":"([0-9A-Z]{5})"/.exec(meta)?.[1] ?? '';
}

const lastLine = (text: string): string =>
  (text.trim().split('\n').at(-1) ?? '').replace(/postgres(ql)?:\/\/\S+/g, 'the database');
