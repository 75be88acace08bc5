import {
  type GetPagePropertyResponse,
  isFullPage,
  type PageObjectResponse,
  type QueryDataSourceParameters,
  type QueryDataSourceResponse,
  type UpdatePageParameters,
} from '@notionhq/client';
import { z } from 'zod';
import { type Entity, type NotionField, notionFields } from '../entities/define.ts';
import { FinalError, RecordError } from '../errors.ts';
import type { RemoteBatch, RemoteEntity, RemoteRecord } from '../sync/ports.ts';
import type { Fields, Json } from '../sync/types.ts';
import type { NotionApi } from './api.ts';
import { type DataSource, readProperties } from './data-source.ts';
import { isNotFound, type Purpose } from './errors.ts';
import { canonicalValue, decodeProperty, encodeProperty, type PageProperty, type PropertyWrite } from './properties.ts';

const MINUTE_MS = 60_000;
/** Notion gives up on a request after a minute; what it made until then turns up in its index by the time we look. */
const CREATION_SETTLES_MS = 60_000;
const PAGE_SIZE = 100;
/** Conditions in one compound filter. */
const KEYS_PER_QUERY = 50;

/** Where a full scan stands: pages made since `after`, from `cursor` on. */
const scanPosition = z.object({ after: z.string().nullable(), cursor: z.string().nullable() });

/**
 * What Notion holds and the neutral form cannot say (the end of a date range,
 * colours, mentions), by field name; read anew before a field is written, to be given back.
 */
type Residue = Readonly<Record<string, Json>>;

export interface EntityPagesOptions {
  readonly api: NotionApi;
  readonly entity: Entity;
  readonly source: DataSource;
  readonly timeZone: string;
  /** The integration's own user id. */
  readonly botId: string;
}

/** One entity's pages in Notion, as the engine asks for them. */
export function entityPages({ api, entity, source, timeZone, botId }: EntityPagesOptions): RemoteEntity {
  const purpose = (kind: Purpose['kind'], what: string): Purpose => ({ entity: entity.name, kind, what });
  const fields = new Map(notionFields(entity));
  const fieldOf = (name: string): NotionField => {
    const field = fields.get(name);
    if (!field) throw new Error(`${entity.name} has no synced field ${name}`);
    return field;
  };

  const query = (parameters: Omit<QueryDataSourceParameters, 'data_source_id'>): Promise<QueryDataSourceResponse> =>
    api.call(purpose('read', 'the database'), (client) =>
      client.dataSources.query({ data_source_id: source.id, page_size: PAGE_SIZE, ...parameters }),
    );

  const relationItems = (pageId: string, propertyId: string, cursor: string | null): Promise<GetPagePropertyResponse> =>
    api.call(purpose('read', `page ${pageId}`), (client) =>
      client.pages.properties.retrieve({
        page_id: pageId,
        property_id: propertyId,
        page_size: PAGE_SIZE,
        ...(cursor ? { start_cursor: cursor } : {}),
      }),
    );

  const completeRelation = async (page: PageObjectResponse, property: PageProperty): Promise<PageProperty> => {
    if (property.type !== 'relation' || !('has_more' in property) || property.has_more !== true) return property;
    const relation: { id: string }[] = [];
    let cursor: string | null = null;
    do {
      const items: GetPagePropertyResponse = await relationItems(page.id, property.id, cursor);
      if (items.object !== 'list') {
        throw new FinalError('unexpected_answer', `${entity.name}: Notion answered a relation with a single item`);
      }
      for (const item of items.results) if (item.type === 'relation') relation.push({ id: item.relation.id });
      cursor = items.next_cursor;
    } while (cursor);
    return { ...property, relation };
  };

  const propertyById = (page: PageObjectResponse, id: string): PageProperty | undefined =>
    Object.values(page.properties).find((property) => property.id === id);

  const backLinksOf = (page: PageObjectResponse): RemoteRecord['backLinks'] =>
    Object.fromEntries(
      Object.entries(entity.fields).flatMap(([name, field]) => {
        const id = source.properties[name];
        const property = field.kind === 'back_link' && id !== undefined ? propertyById(page, id) : undefined;
        if (property?.type !== 'relation') return [];
        const complete = !('has_more' in property && property.has_more === true);
        return [[name, { pageIds: property.relation.map((link) => link.id), complete }]];
      }),
    );

  /** @param whole fetch what a page object cuts off (relations beyond 25) */
  const decode = async (
    page: PageObjectResponse,
    whole: boolean,
  ): Promise<{ record: RemoteRecord; residue: Residue }> => {
    const fields: Record<string, Fields[string]> = {};
    const residue: Record<string, Json> = {};
    for (const [name, id] of readProperties(entity, source)) {
      const property = propertyById(page, id);
      if (!property) {
        throw new FinalError(
          'property_missing',
          `${entity.name}: the property "${fieldOf(name).property}" (column ${name}) is missing in Notion; add it again and the sync resumes by itself`,
        );
      }
      const decoded = decodeProperty(
        fieldOf(name),
        whole ? await completeRelation(page, property) : property,
        timeZone,
      );
      fields[name] = decoded.value;
      if (decoded.residue !== undefined) residue[name] = decoded.residue;
    }
    const key = source.syncKey === null ? undefined : propertyById(page, source.syncKey);
    const keyText =
      key?.type === 'rich_text'
        ? key.rich_text
            .map((item) => item.plain_text)
            .join('')
            .trim()
        : '';
    const record: RemoteRecord = {
      pageId: page.id,
      fields,
      trashed: page.in_trash,
      createdAt: new Date(page.created_time),
      editedAt: new Date(page.last_edited_time),
      syncKey: keyText || null,
      madeByUs: page.created_by.id === botId,
      editedByUs: page.last_edited_by.id === botId,
      backLinks: backLinksOf(page),
    };
    return { record, residue };
  };
  const toRecord = async (page: PageObjectResponse, whole: boolean): Promise<RemoteRecord> =>
    (await decode(page, whole)).record;

  /** The page as it is now, or null where it is not found or no longer shared. */
  const retrieve = async (pageId: string): Promise<PageObjectResponse | null> => {
    try {
      const page = fullPage(
        await api.call(purpose('read', `page ${pageId}`), (client) => client.pages.retrieve({ page_id: pageId })),
      );
      if (page.parent.type === 'data_source_id' && page.parent.data_source_id === source.id) return page;
      throw new RecordError(
        'page_moved',
        `${entity.name}: page ${pageId} was moved to another database; its row was kept. Move the page back, or archive the row.`,
      );
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  };

  const patch = async (pageId: string, changes: Omit<UpdatePageParameters, 'page_id'>): Promise<PageObjectResponse> =>
    fullPage(
      await api.call({ ...purpose('write', `page ${pageId}`), ofRecord: true }, (client) =>
        client.pages.update({ page_id: pageId, ...changes }),
      ),
    );

  const toBatch = async (response: QueryDataSourceResponse): Promise<RemoteRecord[]> => {
    const records: RemoteRecord[] = [];
    for (const page of response.results)
      if (page.object === 'page' && isFullPage(page)) records.push(await toRecord(page, true));
    return records;
  };

  const keyProperty = (): string => {
    if (source.syncKey !== null) return source.syncKey;
    throw new FinalError(
      'restricted',
      `${entity.name}: the database has no text property "Sync Key" and the integration may not add it; add it in Notion, or allow the integration to update content`,
    );
  };

  const encode = (fields: Fields, residue: Residue): Record<string, PropertyWrite> =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        source.properties[name] ?? fieldOf(name).property,
        encodeProperty(fieldOf(name), value, residue[name], timeZone),
      ]),
    );

  const fullPage = (page: { object: string }): PageObjectResponse => {
    if (page.object === 'page' && isFullPage(page as PageObjectResponse)) return page as PageObjectResponse;
    throw new FinalError(
      'restricted',
      `${entity.name}: the integration may write but not read content; allow it to read in its settings`,
    );
  };

  return {
    side: 'notion',
    editGrainMs: MINUTE_MS,
    creationSettlesMs: CREATION_SETTLES_MS,

    canonical: (fields) =>
      Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, canonicalValue(fieldOf(name), value, timeZone)]),
      ),

    listing: {
      kind: 'watermark',
      latestEdit: async () => {
        const { results } = await query({
          page_size: 1,
          sorts: [{ timestamp: 'last_edited_time', direction: 'descending' }],
        });
        const [page] = results;
        return page?.object === 'page' && isFullPage(page) ? new Date(page.last_edited_time) : null;
      },

      changedSince: async (since, next) => {
        const response = await query({
          filter: { timestamp: 'last_edited_time', last_edited_time: { on_or_after: since.toISOString() } },
          sorts: [{ timestamp: 'last_edited_time', direction: 'ascending' }],
          ...(next ? { start_cursor: next } : {}),
        });
        return {
          records: await toBatch(response),
          next: response.next_cursor ?? restartWhenIncomplete(entity, response, since),
        };
      },

      scan: async (position): Promise<RemoteBatch<Json>> => {
        const { after, cursor } = scanPosition.parse(position ?? { after: null, cursor: null });
        const part = (from: string | null): Promise<QueryDataSourceResponse> =>
          query({
            ...(after ? { filter: { timestamp: 'created_time', created_time: { on_or_after: after } } } : {}),
            sorts: [{ timestamp: 'created_time', direction: 'ascending' }],
            ...(from ? { start_cursor: from } : {}),
          });
        const response = await part(cursor).catch((error: unknown) => {
          // A cursor that outlived its worker may no longer be known.
          if (cursor && error instanceof FinalError && error.code === 'refused') return part(null);
          throw error;
        });
        const records = await toBatch(response);
        if (response.next_cursor) return { records, next: { after, cursor: response.next_cursor } };
        const newest = records.at(-1)?.createdAt.toISOString() ?? after;
        if (!isIncomplete(response)) return { records, next: null };
        if (newest === after) throw tooManyInOneMinute(entity, 'made');
        return { records, next: { after: newest, cursor: null } };
      },
    },

    read: async (pageId) => {
      const page = await retrieve(pageId);
      return page && toRecord(page, true);
    },

    findByKey: async (recordIds) => {
      const property = keyProperty();
      const found: RemoteRecord[] = [];
      for (let at = 0; at < recordIds.length; at += KEYS_PER_QUERY) {
        const response = await query({
          filter: {
            or: recordIds.slice(at, at + KEYS_PER_QUERY).map((id) => ({ property, rich_text: { equals: id } })),
          },
        });
        found.push(...(await toBatch(response)));
      }
      return found;
    },

    create: async (recordId, fields) => {
      const filled = Object.fromEntries(
        Object.entries(fields).filter(([, value]) => value !== null && [value].flat().length > 0),
      );
      const properties = { ...encode(filled, {}), [keyProperty()]: syncKeyValue(recordId) };
      const page = await api.call(purpose('write', `the page of row ${recordId}`), (client) =>
        client.pages.create({ parent: { type: 'data_source_id', data_source_id: source.id }, properties }),
      );
      return toRecord(fullPage(page), false);
    },

    update: async (pageId, change, still) => {
      const before = await retrieve(pageId);
      if (!before) return { kind: 'gone' };
      const { record, residue } = await decode(before, true);
      if (!still(record)) return { kind: 'changed', record };
      const properties = {
        ...encode(change.fields ?? {}, residue),
        ...(change.syncKey === undefined ? {} : { [keyProperty()]: syncKeyValue(change.syncKey) }),
      };
      // A page in the trash takes nothing but its restoration.
      if (change.trashed === false && record.trashed) await patch(pageId, { in_trash: false });
      const rest = {
        ...(Object.keys(properties).length > 0 ? { properties } : {}),
        ...(change.trashed === true ? { in_trash: true } : {}),
      };
      const page = Object.keys(rest).length > 0 ? await patch(pageId, rest) : await retrieve(pageId);
      return page ? { kind: 'updated', record: await toRecord(page, false) } : { kind: 'gone' };
    },
  };
}

const syncKeyValue = (recordId: string): PropertyWrite => ({
  type: 'rich_text',
  rich_text: [{ text: { content: recordId } }],
});

/** A query stops silently at 10,000 results. @see https://developers.notion.com/reference/query-a-data-source */
const isIncomplete = (response: QueryDataSourceResponse): boolean => response.request_status?.type === 'incomplete';

function restartWhenIncomplete(entity: Entity, response: QueryDataSourceResponse, since: Date): string | null {
  if (!isIncomplete(response)) return null;
  const last = response.results.at(-1);
  if (last?.object === 'page' && isFullPage(last) && new Date(last.last_edited_time) > since)
    return 'from the newest minute';
  throw tooManyInOneMinute(entity, 'edited');
}

const tooManyInOneMinute = (entity: Entity, what: string): FinalError =>
  new FinalError(
    'query_limit',
    `${entity.name}: more pages were ${what} within one minute than Notion lists; edit some of them in another minute`,
  );
