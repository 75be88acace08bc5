import { PrismaPg } from '@prisma/adapter-pg';
import { FinalError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { type Prisma, PrismaClient } from '../generated/prisma/client.ts';
import { openPool, type PoolWait } from './pool.ts';

export type Database = PrismaClient;
export type Transaction = Prisma.TransactionClient;

const TRANSACTION_MS = 60_000;
/** Less than PostgreSQL's deadlock check waits, so that a user's transaction is never the one that is ended. */
const LOCK_WAIT = '800ms';

/**
 * One pool for the process; connects on first use, so a worker starts without PostgreSQL.
 * @param onWait told now and then while callers wait for a connection
 */
export function openDatabase(
  url: string,
  poolSize: number,
  onWait: (wait: PoolWait) => void = () => undefined,
): Database {
  // An idle connection that breaks is replaced by the next query.
  const options = { disposeExternalPool: true, onPoolError: () => undefined };
  const adapter = new PrismaPg(openPool(url, poolSize, onWait), options);
  return new PrismaClient({ adapter, log: [] });
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

/** A transaction in the sync's own name: its writes are not stamped as edits. @throws as `asDatabaseErrors` */
export const syncTransaction = <T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  transaction(database, async (tx) => {
    await tx.$queryRaw`SELECT set_config('lockstep.sync', 'on', true), set_config('lock_timeout', ${LOCK_WAIT}, true)`;
    return work(tx);
  });

/**
 * A transaction for a dry run: PostgreSQL itself refuses it any write, and it waits for nobody's lock.
 * @throws as `asDatabaseErrors`
 */
export const readTransaction = <T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  transaction(database, async (tx) => {
    await tx.$queryRaw`SELECT set_config('transaction_read_only', 'on', true)`;
    return work(tx);
  });

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

/**
 * Runs database work; what PostgreSQL or the pool says becomes one line that hides the connection string.
 * @throws RecordError when PostgreSQL refuses the values themselves; RetryableError when it cannot be reached or is busy
 */
export async function asDatabaseErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockstepError || !isOfDatabase(error)) throw error;
    const said = lastLine(error instanceof Error ? error.message : String(error));
    const state = error instanceof Error && 'meta' in error ? (sqlState(error.meta) ?? '') : '';
    if (DATA_FAULTS.test(state)) throw new RecordError('refused_by_sql', `PostgreSQL refused the values: ${said}`);
    if (state === UNDEFINED_TABLE || (error instanceof Error && 'code' in error && error.code === 'P2021')) {
      throw new FinalError('schema_missing', 'the database lacks tables of Lockstep: run lockstep migrate');
    }
    if (STATEMENT_FAULTS.test(state)) throw error;
    if (state === LOCK_NOT_AVAILABLE) {
      throw new RetryableError('row_locked', 'a row is locked by another transaction for long; it is tried again');
    }
    if (said.includes(POOL_EXHAUSTED)) {
      throw new RetryableError(
        'pool_exhausted',
        'all connections to PostgreSQL were busy for a minute: raise DATABASE_POOL_SIZE; it is tried again',
      );
    }
    throw new RetryableError('database_unavailable', `PostgreSQL did not answer: ${said}`, { cause: error });
  }
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

function sqlState(meta: unknown): string | undefined {
  return /"(?:originalCode|code)":"([0-9A-Z]{5})"/.exec(JSON.stringify(meta) ?? '')?.[1];
}

const lastLine = (text: string): string =>
  (text.trim().split('\n').at(-1) ?? '').replace(/postgres(ql)?:\/\/\S+/g, 'the database');
