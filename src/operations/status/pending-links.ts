import { type Database, sql } from '../../database/client.ts';

/** Pending links of one relation: links to pages that have no row. */
export interface PendingLinks {
  readonly entity: string;
  /** The relation's name in the entity file. */
  readonly field: string;
  readonly links: number;
  /** How many different pages they point to. */
  readonly pages: number;
}

/** Pending links by relation: their pages are not synced, not shared, or not read yet. */
export const readPendingLinks = (database: Database): Promise<readonly PendingLinks[]> =>
  database.query<PendingLinks>(sql`
      SELECT entity, field, count(*)::int AS links, count(DISTINCT page_id)::int AS pages
      FROM pending_links GROUP BY entity, field ORDER BY entity, field`);
