import { isFullPage, type QueryDataSourceResponse } from '@notionhq/client';
import { z } from 'zod';
import type { Entity } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import type { RemoteBatch, WatermarkListing } from '../sync/ports.ts';
import type { Json } from '../sync/types.ts';
import type { EditedRecords } from '../sync/update-port.ts';
import type { DataSource } from './data-source.ts';
import type { PageReader } from './page-reader.ts';
import type { PageRequests } from './page-requests.ts';
import { schemaGuard } from './schema-guard.ts';

/** The position of a full scan: pages created at `after` or later, continued from `cursor`. */
const scanPosition = z.object({ after: z.string().nullable(), cursor: z.string().nullable() });
type ScanPosition = z.infer<typeof scanPosition>;

/** In every database. */
const TITLE_ID = 'title';
/** The requests of a listing that are taken from the budget together: who waits for more gets them after everybody else. */
const MAX_TOGETHER = 5;

/** Lists the pages of one data source by the time of their last edit, or all of them by their creation. */
export class PageListing implements WatermarkListing {
  readonly kind = 'watermark';
  readonly #entity: Entity;
  readonly #source: DataSource;
  readonly #requests: PageRequests;
  readonly #reader: PageReader;
  /** How many requests `editedSince` took the last time. */
  #lookRequests = 1;

  constructor(entity: Entity, source: DataSource, requests: PageRequests, reader: PageReader) {
    this.#entity = entity;
    this.#source = source;
    this.#requests = requests;
    this.#reader = reader;
  }

  now(): Date {
    return this.#requests.clock.answeredAt;
  }

  async latestEdit(): Promise<Date | null> {
    const { results } = await this.#requests.query({
      page_size: 1,
      sorts: [{ timestamp: 'last_edited_time', direction: 'descending' }],
    });
    const [page] = results;
    return page?.object === 'page' && isFullPage(page) ? new Date(page.last_edited_time) : null;
  }

  async changedSince(since: Date, next: string | null): Promise<RemoteBatch<string>> {
    const edited = { timestamp: 'last_edited_time', last_edited_time: { on_or_after: since.toISOString() } } as const;
    const guard = schemaGuard(this.#source);
    const response = await this.#requests.query({
      filter: guard ? { and: [edited, guard] } : edited,
      sorts: [{ timestamp: 'last_edited_time', direction: 'ascending' }],
      ...(next ? { start_cursor: next } : {}),
    });
    return {
      records: await this.#reader.toRecords(response, { farEnds: true }),
      next: response.next_cursor ?? this.#restartWhenIncomplete(response, since),
    };
  }

  elapsedMs(): number {
    return this.#requests.elapsedMs;
  }

  async editedSince(since: Date, most: number): Promise<EditedRecords | null> {
    // A wait for the budget between its requests would make the first of them too old.
    return this.#requests.together(Math.min(this.#lookRequests, MAX_TOGETHER), () => this.#listEdited(since, most));
  }

  async #listEdited(since: Date, most: number): Promise<EditedRecords | null> {
    const remoteIds: string[] = [];
    let requestedAt = Number.POSITIVE_INFINITY;
    const onSend = () => {
      requestedAt = Math.min(requestedAt, this.#requests.elapsedMs);
    };
    let next: string | null = null;
    for (let count = 1; ; count += 1) {
      const response: QueryDataSourceResponse = await this.#requests.query(
        {
          filter: { timestamp: 'last_edited_time', last_edited_time: { on_or_after: since.toISOString() } },
          sorts: [{ timestamp: 'last_edited_time', direction: 'ascending' }],
          filter_properties: [TITLE_ID],
          ...(next ? { start_cursor: next } : {}),
        },
        { onSend },
      );
      remoteIds.push(...response.results.map(({ id }) => id));
      next = response.next_cursor;
      this.#lookRequests = count;
      if (remoteIds.length > most || isIncomplete(response)) return null;
      if (!next) return { remoteIds, requestedAt };
    }
  }

  async scan(position: Json | null): Promise<RemoteBatch<Json>> {
    const { after, cursor } = scanPosition.parse(position ?? { after: null, cursor: null });
    const response = await this.#scanFrom({ after, cursor }).catch((error: unknown) => {
      // Notion may no longer know a cursor that is older than this worker.
      if (cursor && error instanceof FinalError && error.code === 'refused') {
        return this.#scanFrom({ after, cursor: null });
      }
      throw error;
    });
    const records = await this.#reader.toRecords(response);
    if (response.next_cursor) return { records, next: { after, cursor: response.next_cursor } };
    const newest = records.at(-1)?.createdAt.toISOString() ?? after;
    if (!isIncomplete(response)) return { records, next: null };
    if (newest === after) throw this.#tooManyInOneMinute('created');
    return { records, next: { after: newest, cursor: null } };
  }

  #scanFrom({ after, cursor }: ScanPosition): Promise<QueryDataSourceResponse> {
    return this.#requests.query(
      {
        ...(after ? { filter: { timestamp: 'created_time', created_time: { on_or_after: after } } } : {}),
        sorts: [{ timestamp: 'created_time', direction: 'ascending' }],
        ...(cursor ? { start_cursor: cursor } : {}),
      },
      { backfill: true },
    );
  }

  #restartWhenIncomplete(response: QueryDataSourceResponse, since: Date): string | null {
    if (!isIncomplete(response)) return null;
    const last = response.results.at(-1);
    if (last?.object === 'page' && isFullPage(last) && new Date(last.last_edited_time) > since)
      return 'from the newest minute';
    throw this.#tooManyInOneMinute('edited');
  }

  #tooManyInOneMinute(what: string): FinalError {
    return new FinalError(
      'query_limit',
      `${this.#entity.name}: more pages were ${what} within one minute than a query returns; edit some of them in another minute`,
    );
  }
}

/** A query stops at 10,000 results without an error. @see https://developers.notion.com/reference/query-a-data-source */
const isIncomplete = (response: QueryDataSourceResponse): boolean => response.request_status?.type === 'incomplete';
