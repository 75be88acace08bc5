import type pg from 'pg';
import { type Database, databaseError, LOCK_WAIT } from './client.ts';

/** A statement that got no answer for so long has lost its connection. */
const ANSWER_MS = 60_000;

/**
 * One transaction whose statements each serve a whole batch, given to the driver as they are: on this
 * path, which every row of every listing takes, Prisma's translation cost more than the work itself.
 */
export interface Batch {
  /** @throws as `databaseError` says */
  query<Row extends object>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** @returns how many rows it wrote; @throws as `databaseError` says */
  execute(statement: string, parameters?: readonly unknown[]): Promise<number>;
}

/** A transaction in the sync's own name: its writes are not stamped as edits. @throws as `databaseError` says */
export const syncTransaction = <T>(database: Database, work: (batch: Batch) => Promise<T>): Promise<T> =>
  inTransaction(
    database,
    `BEGIN; SELECT set_config('lockstep.sync', 'on', true), set_config('lock_timeout', '${LOCK_WAIT}', true)`,
    work,
  );

/** What a person who waits for an answer waits for a lock at most. */
const USER_WAIT = '10s';

/** A transaction whose writes count as a user's edits. @throws as `databaseError` says */
export const userTransaction = <T>(database: Database, work: (batch: Batch) => Promise<T>): Promise<T> =>
  inTransaction(database, `BEGIN; SELECT set_config('lock_timeout', '${USER_WAIT}', true)`, work);

/**
 * A transaction for a dry run: PostgreSQL itself refuses it any write, and it waits for nobody's lock.
 * @throws as `databaseError` says
 */
export const readTransaction = <T>(database: Database, work: (batch: Batch) => Promise<T>): Promise<T> =>
  inTransaction(database, 'BEGIN READ ONLY', work);

/** One statement by itself. @throws as `databaseError` says */
export async function queryOnce<Row extends object>(
  { pool }: Database,
  statement: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await asked(() => pool.query<Row>(question(statement, parameters)));
  return rows;
}

async function inTransaction<T>({ pool }: Database, begin: string, work: (batch: Batch) => Promise<T>): Promise<T> {
  const connection = await asked(() => pool.connect());
  let isLost = true;
  try {
    await asked(() => connection.query(question(begin)));
    const result = await work(batchOn(connection));
    const { command } = await asked(() => connection.query(question('COMMIT')));
    // PostgreSQL answers the end of a failed transaction with this, and calls it no error.
    if (command === 'ROLLBACK') throw new Error('a statement of the transaction had failed, and nobody said so');
    isLost = false;
    return result;
  } catch (error) {
    isLost = await connection.query(question('ROLLBACK')).then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    connection.release(isLost);
  }
}

const batchOn = (connection: pg.PoolClient): Batch => ({
  query: async <Row extends object>(statement: string, parameters: readonly unknown[] = []) =>
    (await asked(() => connection.query<Row>(question(statement, parameters)))).rows,
  execute: async (statement, parameters = []) =>
    (await asked(() => connection.query(question(statement, parameters)))).rowCount ?? 0,
});

const question = (text: string, parameters: readonly unknown[] = []): pg.QueryConfig & { query_timeout: number } => ({
  text,
  values: [...parameters],
  query_timeout: ANSWER_MS,
});

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw databaseError(error);
  }
}
