import { type Database, sql } from '../../database/client.ts';

/** Links of one relation whose pages have no row. */
export interface PendingLinks {
  readonly entity: string;
  /** The relation's name in the entity file. */
  readonly field: string;
  readonly links: number;
  /** How many different pages they lead to. */
  readonly pages: number;
}

/** What waits, relation by relation: links to pages that are not synced, not shared, or not here yet. */
export const readPendingLinks = (database: Database): Promise<readonly PendingLinks[]> =>
  database.query<PendingLinks>(sql`
      SELECT entity, field, count(*)::int AS links, count(DISTINCT page_id)::int AS pages
      FROM pending_links GROUP BY entity, field ORDER BY entity, field`);
