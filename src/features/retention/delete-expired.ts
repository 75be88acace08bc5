import { queryOnce } from '../../database/batches.ts';
import type { Database } from '../../database/client.ts';

/** Few enough that no lock is held for long. */
const ROWS_AT_ONCE = 5_000;

/** What grows without end, and what of it nobody will ask for; $1: older than this. */
const OLD = {
  // How a sync last ended, and when it last went well, is asked for however long ago that was.
  sync_run_history: `finished_at < $1 AND id NOT IN (
    SELECT max(id) FROM sync_run_history GROUP BY sync_name
    UNION SELECT max(id) FROM sync_run_history WHERE status IN ('ok', 'partial') GROUP BY sync_name
    UNION SELECT max(id) FROM sync_run_history WHERE certificate IS NOT NULL GROUP BY entity)`,
  sync_changes: 'at < $1',
  tool_deliveries: 'at < $1',
  // One that nobody has looked at stays.
  sync_conflicts: 'resolved_at < $1',
} as const;

export type Growing = keyof typeof OLD;

/**
 * Deletes a part of what is older.
 * @returns how many rows; 0: there are none left
 * @throws as `databaseError`
 */
export async function deleteOld(database: Database, table: Growing, before: Date): Promise<number> {
  const [deleted] = await queryOnce<{ rows: number }>(
    database,
    `WITH old AS (DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} WHERE ${OLD[table]} LIMIT ${ROWS_AT_ONCE}) RETURNING 1)
     SELECT count(*)::int AS rows FROM old`,
    [before],
  );
  return deleted?.rows ?? 0;
}
