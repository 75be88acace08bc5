import {
  type GetPagePropertyResponse,
  isFullPage,
  type PageObjectResponse,
  type PropertyItemObjectResponse,
  type QueryDataSourceParameters,
  type QueryDataSourceResponse,
  type UpdatePageParameters,
} from '@notionhq/client';
import { z } from 'zod';
import { bodyField, type Entity, type NotionField, notionFields } from '../entities/define.ts';
import { AmbiguousWriteError, FinalError, LockstepError, RecordError } from '../errors.ts';
import type { Refused, RemoteBatch, RemoteEntity, RemoteRecord } from '../sync/ports.ts';
import type { Fields, Json, Value } from '../sync/types.ts';
import type { NotionApi } from './api.ts';
import { newBody } from './body.ts';
import { canonicalFields } from './canonical-fields.ts';
import { type DecodedPage, type PageDecoderOptions, pageDecoder, propertiesById, type Residue } from './decode-page.ts';
import { isNotFound, type Purpose } from './errors.ts';
import { type Body, pageBodies, refuseTooLong } from './page-bodies.ts';
import { completed, mayBeCut } from './page-limits.ts';
import { encodeProperty, type PageProperty, type PropertyWrite } from './properties.ts';
import { schemaGuard } from './schema-guard.ts';

const MINUTE_MS = 60_000;
/** Notion gives up on a request after a minute; what it made until then turns up in its index by the time we look. */
const CREATION_SETTLES_MS = 60_000;
const PAGE_SIZE = 100;
/** Conditions in one compound filter. */
const KEYS_PER_QUERY = 50;

/** Where a full scan stands: pages made since `after`, from `cursor` on. */
const scanPosition = z.object({ after: z.string().nullable(), cursor: z.string().nullable() });

export interface EntityPagesOptions extends PageDecoderOptions {
  readonly api: NotionApi;
}

/** One entity's pages in Notion, as the engine asks for them. */
export function entityPages({ api, ...options }: EntityPagesOptions): RemoteEntity {
  const { entity, source, timeZone } = options;
  const decoder = pageDecoder(options);
  const purpose = (kind: Purpose['kind'], what: string): Purpose => ({ entity: entity.name, kind, what });
  const fields = new Map(notionFields(entity));
  const fieldOf = (name: string): NotionField => {
    const field = fields.get(name);
    if (!field) throw new Error(`${entity.name} has no synced field ${name}`);
    return field;
  };

  const bodyName = bodyField(entity);
  const bodies = pageBodies(api, entity);

  const query = (
    parameters: Omit<QueryDataSourceParameters, 'data_source_id'>,
    backfill = false,
  ): Promise<QueryDataSourceResponse> =>
    api.call({ ...purpose('read', 'the database'), backfill }, (client) =>
      client.dataSources.query({ data_source_id: source.id, page_size: PAGE_SIZE, ...parameters }),
    );

  const propertyItems = (pageId: string, propertyId: string, cursor: string | null): Promise<GetPagePropertyResponse> =>
    api.call(purpose('read', `page ${pageId}`), (client) =>
      client.pages.properties.retrieve({
        page_id: pageId,
        property_id: propertyId,
        page_size: PAGE_SIZE,
        ...(cursor ? { start_cursor: cursor } : {}),
      }),
    );

  /** A property with all of its items. */
  const completeProperty = async (pageId: string, property: PageProperty): Promise<PageProperty> => {
    const items: PropertyItemObjectResponse[] = [];
    let cursor: string | null = null;
    do {
      const answer: GetPagePropertyResponse = await propertyItems(pageId, property.id, cursor);
      if (answer.object !== 'list') {
        throw new FinalError('unexpected_answer', `${entity.name}: Notion answered a list of values with a single one`);
      }
      items.push(...answer.results);
      cursor = answer.next_cursor;
    } while (cursor);
    return completed(property, items);
  };

  /**
   * Decodes a page, with all of its own properties, of which a page object may hold only the beginning
   * (relations and mentions beyond 25).
   * @param farEnds of two-way relations too; a scan reads the pages that they are written on
   */
  const decodeWhole = async (page: PageObjectResponse, farEnds: boolean): Promise<DecodedPage> => {
    const properties = propertiesById(page);
    for (const id of farEnds ? [...decoder.ownIds, ...decoder.farEndIds] : decoder.ownIds) {
      const property = properties.get(id);
      if (property && mayBeCut(property)) properties.set(id, await completeProperty(page.id, property));
    }
    return decoder.decode(page, properties);
  };

  /** A page that was just written: what it holds beyond the beginning was not changed by that. */
  const toRecord = (page: PageObjectResponse): RemoteRecord => decoder.decode(page, propertiesById(page)).record;

  /** @param body null: it was not read */
  const withBody = (record: RemoteRecord, body: Body | RecordError | null): RemoteRecord => {
    if (bodyName === undefined) return record;
    if (body === null) return { ...record, bodyReadAt: null };
    if (body instanceof RecordError) return { ...record, bodyReadAt: null, bodyTrouble: body };
    return { ...record, fields: { ...record.fields, [bodyName]: body.text }, bodyReadAt: body.readAt };
  };

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

  /** The page as it is now, and what stands on it if that is wanted; that of a page in the trash is not to be had. */
  const look = async (pageId: string, { farEnds = false, withoutBody = false } = {}) => {
    const page = await retrieve(pageId);
    if (!page) return null;
    const { record, residue } = await decodeWhole(page, farEnds);
    const body = bodyName === undefined || page.in_trash || withoutBody ? null : await bodies.read(pageId);
    return { page, residue, body, record: withBody(record, body) };
  };

  const patch = async (pageId: string, changes: Omit<UpdatePageParameters, 'page_id'>): Promise<PageObjectResponse> =>
    fullPage(
      await api.call({ ...purpose('write', `page ${pageId}`), ofRecord: true }, (client) =>
        client.pages.update({ page_id: pageId, ...changes }),
      ),
    );

  const toBatch = async (response: QueryDataSourceResponse, farEnds = false): Promise<RemoteRecord[]> => {
    const records: RemoteRecord[] = [];
    for (const page of response.results)
      if (page.object === 'page' && isFullPage(page))
        records.push(withBody((await decodeWhole(page, farEnds)).record, null));
    return records;
  };

  const keyProperty = (): string => {
    if (source.syncKey !== null) return source.syncKey;
    throw new FinalError(
      'restricted',
      `${entity.name}: the database has no text property "Sync Key" and the integration may not add it; add it in Notion, or allow the integration to update content`,
    );
  };

  const encode = (name: string, value: Value, residue: Residue): [string, PropertyWrite] => [
    source.properties[name]?.id ?? fieldOf(name).property,
    encodeProperty(fieldOf(name), value, residue[name], timeZone, source.properties[name]),
  ];

  /** What Notion can hold, and what it cannot. */
  const encodeEach = (fields: Fields, residue: Residue) => {
    const properties: Record<string, PropertyWrite> = {};
    const refused: Record<string, RecordError> = {};
    for (const [name, value] of Object.entries(fields)) {
      try {
        const [id, write] = encode(name, value, residue);
        properties[id] = write;
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        refused[name] = error;
      }
    }
    return { properties, refused };
  };

  const fullPage = (page: { object: string }): PageObjectResponse => {
    if (page.object === 'page' && isFullPage(page as PageObjectResponse)) return page as PageObjectResponse;
    throw new FinalError(
      'restricted',
      `${entity.name}: the integration may write but not read content; allow it to read in its settings`,
    );
  };

  /** The body of a page that was just made: Notion has its own way of writing Markdown. */
  const readBack = async (recordId: string, pageId: string): Promise<Body | RecordError> => {
    try {
      return await bodies.read(pageId);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      const message = `${entity.name}: the page of row ${recordId} was made, but not read back: ${error.message}`;
      throw new AmbiguousWriteError(message, { cause: error, committedId: pageId });
    }
  };

  return {
    side: 'notion',
    editGrainMs: MINUTE_MS,
    creationSettlesMs: CREATION_SETTLES_MS,

    canonical: canonicalFields(entity, timeZone),

    listing: {
      kind: 'watermark',
      now: () => api.notionTime,
      latestEdit: async () => {
        const { results } = await query({
          page_size: 1,
          sorts: [{ timestamp: 'last_edited_time', direction: 'descending' }],
        });
        const [page] = results;
        return page?.object === 'page' && isFullPage(page) ? new Date(page.last_edited_time) : null;
      },

      changedSince: async (since, next) => {
        const edited = {
          timestamp: 'last_edited_time',
          last_edited_time: { on_or_after: since.toISOString() },
        } as const;
        const guard = schemaGuard(source);
        const response = await query({
          filter: guard ? { and: [edited, guard] } : edited,
          sorts: [{ timestamp: 'last_edited_time', direction: 'ascending' }],
          ...(next ? { start_cursor: next } : {}),
        });
        return {
          records: await toBatch(response, true),
          next: response.next_cursor ?? restartWhenIncomplete(entity, response, since),
        };
      },

      scan: async (position): Promise<RemoteBatch<Json>> => {
        const { after, cursor } = scanPosition.parse(position ?? { after: null, cursor: null });
        const part = (from: string | null): Promise<QueryDataSourceResponse> =>
          query(
            {
              ...(after ? { filter: { timestamp: 'created_time', created_time: { on_or_after: after } } } : {}),
              sorts: [{ timestamp: 'created_time', direction: 'ascending' }],
              ...(from ? { start_cursor: from } : {}),
            },
            true,
          );
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

    read: async (pageId) => (await look(pageId, { farEnds: true }))?.record ?? null,

    complete: async (record) => withBody(record, await bodies.read(record.pageId)),

    hides: async (pageId) => {
      try {
        const page = await api.call(purpose('read', `page ${pageId}`), (client) =>
          client.pages.retrieve({ page_id: pageId }),
        );
        return isFullPage(page) && page.in_trash;
      } catch (error) {
        if (isNotFound(error)) return true;
        throw error;
      }
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
      const markdown = bodyName === undefined ? null : newBody(textOf(fields[bodyName]));
      const isSaid = (name: string, value: Value): boolean =>
        // Without a title Notion makes one of the body's first heading.
        (value !== null && [value].flat().length > 0) || (markdown !== null && fieldOf(name).kind === 'title');
      const filled = Object.entries(fields).filter(([name, value]) => name !== bodyName && isSaid(name, value));
      const request = {
        properties: {
          ...Object.fromEntries(filled.map(([name, value]) => encode(name, value, {}))),
          [keyProperty()]: syncKeyValue(recordId),
        },
        ...(markdown === null ? {} : { markdown }),
      };
      const tooLong = refuseTooLong(request, `${entity.name}: row ${recordId}`);
      if (tooLong) throw tooLong;
      // A page that is not found may be one that this one relates to.
      const ofRecord = filled.some(([name]) => fieldOf(name).kind.startsWith('relation'));
      const readAt = api.notionTime;
      const page = await api.call({ ...purpose('write', `the page of row ${recordId}`), ofRecord }, (client) =>
        client.pages.create({ parent: { type: 'data_source_id', data_source_id: source.id }, ...request }),
      );
      const record = toRecord(fullPage(page));
      return withBody(record, markdown === null ? { raw: '', text: null, readAt } : await readBack(recordId, page.id));
    },

    update: async (pageId, change, still) => {
      const { [bodyName ?? '']: wanted, ...others } = change.fields ?? {};
      // A body that is not written needs no look: an edit of it comes with the next listing.
      let seen = await look(pageId, { withoutBody: wanted === undefined });
      if (!seen) return { kind: 'gone' };
      if (!still(seen.record)) return { kind: 'changed', record: seen.record };
      // A page in the trash takes nothing but its restoration.
      const restores = change.trashed === false && seen.record.trashed;
      if (restores) await patch(pageId, { in_trash: false });
      if (restores && wanted !== undefined) {
        seen = await look(pageId);
        if (!seen) return { kind: 'gone' };
        // What was written before the page was trashed shows only now.
        if (!still({ ...seen.record, trashed: true })) return { kind: 'changed', record: seen.record };
      }
      const { properties: encoded, refused } = encodeEach(others, seen.residue);
      // The body goes first: what the page answers last says when it was edited.
      let { body } = seen;
      if (wanted !== undefined && body && !(body instanceof RecordError)) {
        body = await bodies.write(pageId, body, textOf(wanted));
      }
      if (wanted !== undefined && bodyName !== undefined && body instanceof RecordError) refused[bodyName] = body;
      const properties = {
        ...encoded,
        ...(change.syncKey === undefined ? {} : { [keyProperty()]: syncKeyValue(change.syncKey) }),
      };
      const rest = {
        ...(Object.keys(properties).length > 0 ? { properties } : {}),
        ...(change.trashed === true ? { in_trash: true } : {}),
      };
      const isPatched = Object.keys(rest).length > 0;
      const page = isPatched ? await patch(pageId, rest) : restores ? await retrieve(pageId) : seen.page;
      if (!page) return { kind: 'gone' };
      return { kind: 'updated', record: withBody(toRecord(page), body), ...some(refused) };
    },
  };
}

const textOf = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null);

const some = (refused: Refused): { refused?: Refused } => (Object.keys(refused).length > 0 ? { refused } : {});

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
