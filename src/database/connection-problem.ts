import { Connection } from './connection.ts';
import { databaseError } from './database-error.ts';

/**
 * Checks whether PostgreSQL responds, on a separate connection: a busy pool is not a problem, and a check that hangs
 * takes no connection from the pool.
 * @returns the problem in one line, or null
 */
export async function findConnectionProblem(url: string, withinMs: number): Promise<string | null> {
  const client = new Connection({
    connectionString: url,
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
    application_name: 'lockstep health',
  });
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (failure) {
    const error = databaseError(failure);
    return error instanceof Error ? error.message : String(error);
  } finally {
    client.end().catch(() => undefined);
  }
}
