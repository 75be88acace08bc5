import { type Database, sql } from '../../database/client.ts';
import { entities } from '../../definition/index.ts';

/** More of a kind are not counted. */
const MAX_COUNTED = 1_000;

/**
 * A text that differs as soon as what the status pages show has changed in PostgreSQL: records, runs, conflicts,
 * approvals and pending work. It is cheap enough to be read every second.
 * @throws as `databaseError`
 */
export async function readChangeMarker(database: Database): Promise<string> {
  const names = entities().map(({ name }) => name);
  const [row] = await database.query<object>(sql`
    SELECT (SELECT max(id)::text FROM sync_changes) AS change, (SELECT max(id)::text FROM sync_run_history) AS run,
           (SELECT concat_ws('/', count(*), max(detected_at)) FROM
             (SELECT detected_at FROM sync_conflicts WHERE resolved_at IS NULL ORDER BY detected_at DESC LIMIT ${MAX_COUNTED}) AS counted) AS conflicts,
           (SELECT string_agg(id::text, ',' ORDER BY id) FROM sync_approvals WHERE closed_at IS NULL) AS approvals,
           (SELECT max(newest.seq)::text FROM unnest(${names}::text[]) AS name CROSS JOIN LATERAL
             (SELECT seq FROM sync_outbox WHERE entity = name ORDER BY seq DESC LIMIT 1) AS newest) AS edit,
           (SELECT count(*)::int FROM (SELECT FROM sync_outbox LIMIT ${MAX_COUNTED}) AS counted) AS edits,
           (SELECT count(*)::int FROM (SELECT FROM pending_links LIMIT ${MAX_COUNTED}) AS counted) AS links,
           (SELECT count(*)::int FROM (SELECT FROM creation_intents WHERE closed_at IS NULL LIMIT ${MAX_COUNTED}) AS counted) AS creations`);
  return JSON.stringify(row);
}
