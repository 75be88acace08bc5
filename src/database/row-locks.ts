import { RetryableError } from '../errors.ts';
import type { Database } from './client.ts';
import { quote } from './entity-sql.ts';

/**
 * - `wait`: waits for a row as long as the transaction's lock timeout says, then fails with `row_locked`.
 * - `skip`: leaves out the rows that another transaction holds.
 */
export type LockMode = 'wait' | 'skip';

/** The rows that another transaction holds, by id, with what is known about that transaction. */
export type LockedRows = ReadonlyMap<string, string>;

const NONE: LockedRows = new Map();

/**
 * Locks rows until the transaction ends, in the same order in every worker.
 * @returns the rows left out
 * @throws RetryableError `row_locked` in the mode `wait`
 */
export async function lockRows(
  tx: Database,
  table: string,
  ids: readonly string[],
  mode: LockMode,
): Promise<LockedRows> {
  const lock = `SELECT id FROM ${quote(table)} WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;
  if (mode === 'wait') {
    await tx.query(lock, [ids]);
    return NONE;
  }
  const locked = await tx.query<{ id: string }>(`${lock} SKIP LOCKED`, [ids]);
  const isOurs = new Set(locked.map(({ id }) => id));
  const others = ids.filter((id) => !isOurs.has(id));
  if (others.length === 0) return NONE;
  // `xmax` is the transaction that holds the row, unless several share the lock.
  const held = await tx.query<{ id: string; pid: number | null; since: Date | null }>(
    `SELECT t.id, l.pid, a.xact_start AS since FROM ${quote(table)} t
       LEFT JOIN pg_locks l ON l.locktype = 'transactionid' AND l.granted AND l.transactionid = t.xmax
       LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE t.id = ANY ($1::uuid[])`,
    [others],
  );
  return new Map(held.map(({ id, pid, since }) => [id, describeHolder(pid, since)]));
}

const describeHolder = (pid: number | null, since: Date | null): string =>
  pid === null
    ? 'another transaction; end it'
    : `a transaction of the PostgreSQL process ${pid}${since ? `, open since ${since.toISOString()}` : ''}; end it, for example with SELECT pg_terminate_backend(${pid})`;

/** Runs work that locks rows: first it waits for them, and if one stays locked, it runs again without the locked ones. */
export async function skippingLockedRows<T>(run: (mode: LockMode) => Promise<T>): Promise<T> {
  try {
    return await run('wait');
  } catch (error) {
    if (!(error instanceof RetryableError && error.code === 'row_locked')) throw error;
    return run('skip');
  }
}
