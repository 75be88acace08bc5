import { syncs } from '../../cycle/sync-names.ts';
import type { Database } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { TEMPORARY_ID_PREFIX } from '../../sync/temporary-id.ts';

/** A sync whose last run failed. */
export interface FailedSync {
  readonly name: string;
  readonly entity: string;
  readonly code: string;
  readonly message: string;
}

/** @throws as `databaseError` */
export const readFailedSyncs = (database: Database): Promise<FailedSync[]> =>
  database.query<FailedSync>(
    `SELECT n.name, l.entity, l.errors -> 0 ->> 'code' AS code, l.errors -> 0 ->> 'message' AS message
       FROM unnest($1::text[]) WITH ORDINALITY AS n(name, place)
       CROSS JOIN LATERAL (SELECT entity, status, errors FROM sync_run_history h
                            WHERE h.sync_name = n.name ORDER BY h.finished_at DESC LIMIT 1) l
      WHERE l.status = 'failed' AND jsonb_array_length(l.errors) > 0 ORDER BY n.place`,
    [syncs().map(({ name }) => name)],
  );

export interface StuckRows {
  readonly rows: number;
  /** How many of these no cycle will send. */
  readonly unsent: number;
}

/** Counts rows without a page that were last changed more than `minutes` ago. @throws as `databaseError` */
export async function countStuckRows(
  database: Database,
  { name, table }: { readonly name: string; readonly table: string },
  minutes: number,
): Promise<StuckRows> {
  const [found] = await database.query<StuckRows>(
    `SELECT count(*)::int AS rows, count(*) FILTER (WHERE o.record_id IS NULL)::int AS unsent
       FROM ${quote(table)} t LEFT JOIN sync_outbox o ON o.entity = $1 AND o.record_id = t.id
      WHERE t.notion_page_id LIKE '${TEMPORARY_ID_PREFIX}%' AND t.archived_at IS NULL AND t.updated_at < now() - make_interval(mins => $2)
        AND NOT EXISTS (SELECT FROM sync_state s WHERE s.entity = $1 AND s.record_id = t.id)`,
    [name, minutes],
  );
  return found ?? { rows: 0, unsent: 0 };
}
