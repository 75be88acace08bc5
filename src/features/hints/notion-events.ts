import { z } from 'zod';
import { type Database, sql } from '../../database/client.ts';
import { entities } from '../../entities/index.ts';

/** The first request of a subscription. @see https://developers.notion.com/reference/webhooks */
export const handshakeSchema = z.strictObject({ verification_token: z.string().min(1).max(500) });

/** What we need of an event; it holds no values, so that the page is read anyway. */
export const eventSchema = z.object({
  type: z.string(),
  authors: z.array(z.object({ id: z.string() })).default([]),
  entity: z.object({ id: z.string() }),
  data: z.object({ parent: z.object({ data_source_id: z.string().optional() }).optional() }).optional(),
});
export type NotionEvent = z.output<typeof eventSchema>;

const OF_A_PAGE = ['created', 'content_updated', 'properties_updated', 'moved', 'deleted', 'undeleted'].map(
  (what) => `page.${what}`,
);
const OF_A_SCHEMA = 'data_source.schema_updated';

/** What an event is about: a page of an entity, or all of it (no page); null when it is none of ours. */
export async function noticedBy(
  database: Database,
  { type, entity: { id }, data }: NotionEvent,
): Promise<{ entity: string; pageId: string | null } | null> {
  const isOfPage = OF_A_PAGE.includes(type);
  if (!isOfPage && type !== OF_A_SCHEMA) return null;
  const entity = isOfPage
    ? await entityOf(database, data?.parent?.data_source_id ?? null, id)
    : await entityOf(database, id, null);
  return entity === null ? null : { entity, pageId: isOfPage ? id : null };
}

/** The data source says it, if the event names one that is synced; else the page, if it is known. */
async function entityOf(database: Database, sourceId: string | null, pageId: string | null): Promise<string | null> {
  const names = entities.map(({ name }) => name);
  const [found] = await database.query<{ entity: string }>(sql`
    SELECT entity, 1 AS place FROM sync_sources WHERE data_source_id = ${sourceId} AND entity = ANY (${names}::text[])
    UNION ALL SELECT entity, 2 FROM sync_state WHERE page_id = ${pageId} AND entity = ANY (${names}::text[])
    ORDER BY place LIMIT 1`);
  return found?.entity ?? null;
}

/** Whether nobody but ourselves had a part in it: an event may be of several changes, by several authors. */
export const isEcho = ({ authors }: NotionEvent, ownId: string | null): boolean =>
  ownId !== null && authors.length > 0 && authors.every(({ id }) => id === ownId);
