import type { RecordHistory } from '../../operations/history/record-history.ts';
import type { EntityMapping } from '../../operations/setup/mapping/read-mappings.ts';
import { parseNotionId } from '../../shared/notion-id.ts';
import { isTemporaryId } from '../../sync/temporary-id.ts';

/** Where a record is on the other side. */
export interface RemoteLink {
  /** Null before the page or event is created. */
  readonly id: string | null;
  /** Null where it cannot be derived from the id. */
  readonly url: string | null;
}

/**
 * The address of a record's page in Notion, or of its event in Google Calendar.
 * @param calendarIds by entity; an event has an address only if its calendar's id is an e-mail address
 */
export function remoteLink(
  { entity, record }: Pick<RecordHistory, 'entity' | 'record'>,
  calendarIds: Readonly<Record<string, string | undefined>>,
): RemoteLink {
  const id = record.state?.remoteId ?? record.row.remoteId;
  if (isTemporaryId(id)) return { id: null, url: null };
  return { id, url: entity.remote ? eventUrl(id, calendarIds[entity.name]) : pageUrl(id) };
}

const pageUrl = (id: string): string | null => {
  const pageId = parseNotionId(id);
  return pageId === id ? `https://www.notion.so/${pageId.replaceAll('-', '')}` : null;
};

function eventUrl(id: string, calendarId: string | undefined): string | null {
  if (!calendarId?.includes('@')) return null;
  const key = Buffer.from(`${id} ${calendarId}`).toString('base64url');
  return `https://www.google.com/calendar/event?eid=${key}`;
}

/** The address of a database in Notion; null before it was read, and where only the id of its data source is configured. */
export const databaseUrl = (source: EntityMapping['source']): string | null =>
  source === null || source.configuredId === source.id ? null : pageUrl(source.configuredId);
