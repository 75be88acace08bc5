import { FinalError } from '../errors.ts';
import { Connection } from './connection.ts';
import { databaseError } from './database-error.ts';

const ATTEMPTS = 3;

/** @throws FinalError `transaction_pooling`, so that a sync ends with the reason instead of waiting for a lock that it holds */
export async function refuseTransactionPooling(url: string): Promise<void> {
  if (!(await usesTransactionPooling(url, 1))) return;
  throw new FinalError(
    'transaction_pooling',
    'DATABASE_URL leads through a pooler that gives each transaction another session: connect to PostgreSQL directly, or through session pooling',
  );
}

/**
 * Whether a pooler gives each transaction another session. Two sessions are open at the same time: PostgreSQL gives each
 * its own process, and such a pooler gives the second the process that the first has just used.
 * @param attempts how often to look: another client of the pooler may come in between
 * @throws as `databaseError`
 */
export async function usesTransactionPooling(url: string, attempts = ATTEMPTS): Promise<boolean> {
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) if (await sharesProcess(url)) return true;
    return false;
  } catch (error) {
    // The settings of a new session were gone in its next transaction.
    if (error instanceof FinalError && error.code === 'session_settings') return true;
    throw databaseError(error);
  }
}

async function sharesProcess(url: string): Promise<boolean> {
  const [first, second] = [new Connection({ connectionString: url }), new Connection({ connectionString: url })];
  try {
    await Promise.all([first.connect(), second.connect()]);
    const before = await processOf(first);
    await second.query('BEGIN');
    if ((await processOf(second)) === before) return true;
    return (await processOf(first)) !== before;
  } finally {
    await Promise.all([first.end(), second.end()].map((end) => end.catch(() => undefined)));
  }
}

async function processOf(session: Connection): Promise<number> {
  const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
