import type { Database } from '../../database/client.ts';

/** Small enough that locks are held only briefly. */
const BATCH_SIZE = 5_000;

/** The tables that grow, and which of their rows have expired. $1: the time before which they expire. */
const EXPIRED = {
  // The last run and the last success of each sync are shown however old they are.
  sync_run_history: `finished_at < $1 AND id NOT IN (
    SELECT max(id) FROM sync_run_history GROUP BY sync_name
    UNION SELECT max(id) FROM sync_run_history WHERE status IN ('ok', 'partial') GROUP BY sync_name
    UNION SELECT max(id) FROM sync_run_history WHERE certificate IS NOT NULL GROUP BY entity)`,
  sync_changes: 'at < $1',
  tool_deliveries: 'at < $1',
  // Open conflicts and approvals stay.
  sync_conflicts: 'resolved_at < $1',
  sync_approvals: 'closed_at < $1',
} as const;

export type GrowingTable = keyof typeof EXPIRED;

/**
 * Deletes one batch of expired rows.
 * @returns the number of rows; 0 when none is left
 * @throws as `databaseError`
 */
export async function deleteExpired(database: Database, table: GrowingTable, before: Date): Promise<number> {
  const [deleted] = await database.query<{ rows: number }>(
    `WITH old AS (DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} WHERE ${EXPIRED[table]} LIMIT ${BATCH_SIZE}) RETURNING 1)
     SELECT count(*)::int AS rows FROM old`,
    [before],
  );
  return deleted?.rows ?? 0;
}
