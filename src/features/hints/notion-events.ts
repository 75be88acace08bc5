import { z } from 'zod';
import { type Database, sql } from '../../database/client.ts';
import { entities } from '../../definition/index.ts';

/** The first request of a subscription. @see https://developers.notion.com/reference/webhooks */
export const handshakeSchema = z.strictObject({ verification_token: z.string().min(1).max(500) });

/** The parts of an event that are used. An event contains no values, so the page is read anyway. */
export const eventSchema = z.object({
  type: z.string(),
  authors: z.array(z.object({ id: z.string() })).default([]),
  entity: z.object({ id: z.string() }),
  data: z.object({ parent: z.object({ data_source_id: z.string().optional() }).optional() }).optional(),
});
export type NotionEvent = z.output<typeof eventSchema>;

const PAGE_EVENTS = ['created', 'content_updated', 'properties_updated', 'moved', 'deleted', 'undeleted'].map(
  (what) => `page.${what}`,
);
const SCHEMA_EVENT = 'data_source.schema_updated';

/** The entity and page of an event; no page for a schema event; null when the entity is not synced. */
export async function findChanged(
  database: Database,
  { type, entity: { id }, data }: NotionEvent,
): Promise<{ entity: string; pageId: string | null } | null> {
  const isOfPage = PAGE_EVENTS.includes(type);
  if (!isOfPage && type !== SCHEMA_EVENT) return null;
  const entity = isOfPage
    ? await entityOf(database, data?.parent?.data_source_id ?? null, id)
    : await entityOf(database, id, null);
  return entity === null ? null : { entity, pageId: isOfPage ? id : null };
}

/** By the data source, when the event names one that is synced; otherwise by the page, when it is known. */
async function entityOf(database: Database, sourceId: string | null, pageId: string | null): Promise<string | null> {
  const names = entities().map(({ name }) => name);
  const [found] = await database.query<{ entity: string }>(sql`
    SELECT entity, 1 AS place FROM sync_sources WHERE data_source_id = ${sourceId} AND entity = ANY (${names}::text[])
    UNION ALL SELECT entity, 2 FROM sync_state WHERE page_id = ${pageId} AND entity = ANY (${names}::text[])
    ORDER BY place LIMIT 1`);
  return found?.entity ?? null;
}

/** Whether Lockstep is the only author: one event may cover several changes by several authors. */
export const isEcho = ({ authors }: NotionEvent, ownId: string | null): boolean =>
  ownId !== null && authors.length > 0 && authors.every(({ id }) => id === ownId);
