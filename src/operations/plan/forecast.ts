import { asDatabaseErrors, type Database } from '../../database/client.ts';
import type { Entity } from '../../entities/define.ts';

/** What one entity's next sync has before it, as far as SQL knows. */
export interface Workload {
  /** Pages known to belong to rows. */
  readonly pages: number;
  /** Edited rows that have a page. */
  readonly edits: number;
  /** Rows that get a page. */
  readonly creations: number;
}

/** @throws as `asDatabaseErrors` */
export async function workloadOf(database: Database, entity: Entity): Promise<Workload> {
  const [counted] = await asDatabaseErrors(
    () => database.$queryRaw<{ pages: number; edits: number; creations: number }[]>`
      SELECT (SELECT count(*)::int FROM sync_state s WHERE s.entity = ${entity.name} AND NOT s.trashed) AS pages,
        count(*) FILTER (WHERE s.record_id IS NOT NULL)::int AS edits,
        count(*) FILTER (WHERE s.record_id IS NULL)::int AS creations
      FROM sync_outbox o LEFT JOIN sync_state s ON s.entity = o.entity AND s.record_id = o.record_id
      WHERE o.entity = ${entity.name}`,
  );
  return counted ?? { pages: 0, edits: 0, creations: 0 };
}
