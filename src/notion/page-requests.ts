import {
  type CreatePageParameters,
  type GetPagePropertyResponse,
  type GetPageResponse,
  isFullPage,
  isHTTPResponseError,
  type PageObjectResponse,
  type PropertyItemObjectResponse,
  type QueryDataSourceParameters,
  type QueryDataSourceResponse,
  type UpdatePageParameters,
} from '@notionhq/client';
import type { Entity } from '../entities/define.ts';
import { FinalError, RecordError, RetryableError } from '../errors.ts';
import type { RemoteClock } from '../shared/remote-clock.ts';
import type { DataSource } from './data-source.ts';
import type { NotionApi } from './notion-api.ts';
import { isNotFound, type Purpose } from './notion-errors.ts';
import { withAllItems } from './page-limits.ts';
import type { PageProperty } from './properties.ts';

const PAGE_SIZE = 100;
/** A query that takes Notion too long for so few pages is not helped by fewer. */
const MIN_PAGE_SIZE = 10;

export type PageQuery = Omit<QueryDataSourceParameters, 'data_source_id'>;
export type PageUpdate = Omit<UpdatePageParameters, 'page_id'>;
export type NewPage = Required<Pick<CreatePageParameters, 'properties'>> & Pick<CreatePageParameters, 'markdown'>;

/** The requests to Notion about the pages of one data source. */
export class PageRequests {
  readonly #api: NotionApi;
  readonly #entity: Entity;
  readonly #source: DataSource;

  constructor(api: NotionApi, entity: Entity, source: DataSource) {
    this.#api = api;
    this.#entity = entity;
    this.#source = source;
  }

  /** Notion's clock. */
  get clock(): RemoteClock {
    return this.#api.clock;
  }

  /** A clock for ages, in milliseconds. */
  get elapsedMs(): number {
    return this.#api.elapsedMs;
  }

  /** Runs work that sends this many requests, without a wait for the budget between them. */
  together<T>(count: number, work: () => Promise<T>): Promise<T> {
    return this.#api.together({ entity: this.#entity.name, requests: count }, work);
  }

  /**
   * @param backfill part of a full scan, so it yields to requests that somebody waits for
   * @param onSend called when a request is sent
   */
  async query(
    parameters: PageQuery,
    { backfill = false, onSend = () => undefined }: { backfill?: boolean; onSend?: () => void } = {},
  ): Promise<QueryDataSourceResponse> {
    const { page_size = PAGE_SIZE } = parameters;
    try {
      return await this.#api.call({ ...this.#purpose('read', 'the database'), backfill }, (client) => {
        onSend();
        return client.dataSources.query({ data_source_id: this.#source.id, ...parameters, page_size });
      });
    } catch (error) {
      // Many pages with long texts: read fewer of them at once.
      const isTooLarge = error instanceof FinalError && error.code === 'answer_too_large' && page_size > 1;
      if (!isTooLarge && !(isTooSlow(error) && page_size > MIN_PAGE_SIZE)) throw error;
      return this.query({ ...parameters, page_size: Math.ceil(page_size / 10) }, { backfill, onSend });
    }
  }

  /**
   * The page as it is now; null when it is not found or no longer shared.
   * @throws RecordError when it was moved to another database, or its id is not one of Notion's
   */
  async retrieve(pageId: string): Promise<PageObjectResponse | null> {
    try {
      return this.requireOwn(this.#fullPage(await this.#anyPage(pageId)));
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  /** @throws RecordError when the page is in another database */
  requireOwn(page: PageObjectResponse): PageObjectResponse {
    if (page.parent.type === 'data_source_id' && page.parent.data_source_id === this.#source.id) return page;
    throw new RecordError(
      'page_moved',
      `${this.#entity.name}: page ${page.id} was moved to another database; its row was kept. Move the page back, or archive the row.`,
    );
  }

  /** Whether a page, of any database, is in the trash or not shared with the integration, or does not exist. */
  async isHidden(pageId: string): Promise<boolean> {
    try {
      const page = await this.#anyPage(pageId);
      return isFullPage(page) && page.in_trash;
    } catch (error) {
      // Not found, or no page id: links to it are refused all the same.
      if (error instanceof RecordError) return true;
      throw error;
    }
  }

  /** Reads all items of a property, of which a page object may hold only the first; null when the page is not found. */
  async retrieveProperty(pageId: string, property: PageProperty): Promise<PageProperty | null> {
    try {
      return await this.#readItems(pageId, property);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async #readItems(pageId: string, property: PageProperty): Promise<PageProperty> {
    const items: PropertyItemObjectResponse[] = [];
    let cursor: string | null = null;
    do {
      const answer = await this.#propertyItems(pageId, property.id, cursor);
      if (answer.object !== 'list') {
        throw new FinalError('unexpected_answer', `${this.#entity.name}: Notion answered a single value, not a list`);
      }
      items.push(...answer.results);
      cursor = answer.next_cursor;
    } while (cursor);
    return withAllItems(property, items);
  }

  /** @param what names the page in error messages; it has no id yet */
  async create(page: NewPage, what: string, { ofRecord }: { ofRecord: boolean }): Promise<PageObjectResponse> {
    return this.#fullPage(
      await this.#api.call({ ...this.#purpose('write', what), ofRecord }, (client) =>
        client.pages.create({ parent: { type: 'data_source_id', data_source_id: this.#source.id }, ...page }),
      ),
    );
  }

  /**
   * @param look when it was seen that the page is as expected, by `elapsedMs`
   * @throws OutdatedLookError when that was too long ago
   */
  async update(
    pageId: string,
    changes: PageUpdate,
    look: Pick<Purpose, 'lookedAt' | 'maxLookAgeMs'>,
  ): Promise<PageObjectResponse> {
    return this.#fullPage(
      await this.#api.call({ ...this.#purpose('write', `page ${pageId}`), ofRecord: true, ...look }, (client) =>
        client.pages.update({ page_id: pageId, ...changes }),
      ),
    );
  }

  #anyPage(pageId: string): Promise<GetPageResponse> {
    return this.#api.call({ ...this.#purpose('read', `page ${pageId}`), ofRecord: true }, (client) =>
      client.pages.retrieve({ page_id: pageId }),
    );
  }

  #propertyItems(pageId: string, propertyId: string, cursor: string | null): Promise<GetPagePropertyResponse> {
    return this.#api.call(this.#purpose('read', `page ${pageId}`), (client) =>
      client.pages.properties.retrieve({
        page_id: pageId,
        property_id: propertyId,
        page_size: PAGE_SIZE,
        ...(cursor ? { start_cursor: cursor } : {}),
      }),
    );
  }

  #fullPage(page: { object: string }): PageObjectResponse {
    // `isFullPage` checks at run time what the casts claim.
    if (page.object === 'page' && isFullPage(page as PageObjectResponse)) return page as PageObjectResponse;
    throw new FinalError(
      'restricted',
      `${this.#entity.name}: the integration may write content but not read it; allow it to read content in its settings`,
    );
  }

  #purpose(kind: Purpose['kind'], what: string): Purpose {
    return { entity: this.#entity.name, kind, what };
  }
}

/** Notion's own servers gave up: with large databases this happens to every attempt of the same query. */
const isTooSlow = (error: unknown): boolean =>
  error instanceof RetryableError && isHTTPResponseError(error.cause) && error.cause.status === 504;
