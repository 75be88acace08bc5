import { type Database, sql } from '../../database/client.ts';
import type { Entity } from '../../entities/define.ts';

/** A page is read before it is updated. */
export const REQUESTS_PER_EDIT = 2;

/** What the next sync of one entity has to do, as far as PostgreSQL knows. */
export interface Workload {
  /** Pages that belong to a row. */
  readonly pages: number;
  /** Edited rows that have a page. */
  readonly edits: number;
  /** Rows without a page. */
  readonly creations: number;
}

/** @throws as `databaseError` */
export async function workloadOf(database: Database, entity: Entity): Promise<Workload> {
  const [counted] = await database.query<{ pages: number; edits: number; creations: number }>(sql`
      SELECT (SELECT count(*)::int FROM sync_state s WHERE s.entity = ${entity.name} AND NOT s.trashed) AS pages,
        count(*) FILTER (WHERE s.record_id IS NOT NULL)::int AS edits,
        count(*) FILTER (WHERE s.record_id IS NULL)::int AS creations
      FROM sync_outbox o LEFT JOIN sync_state s ON s.entity = o.entity AND s.record_id = o.record_id
      WHERE o.entity = ${entity.name}`);
  return counted ?? { pages: 0, edits: 0, creations: 0 };
}
