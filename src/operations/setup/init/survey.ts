import {
  type DataSourceObjectResponse,
  isFullDataSource,
  isFullPage,
  type SearchParameters,
  type SearchResponse,
} from '@notionhq/client';
import type { NotionApi } from '../../../notion/notion-api.ts';
import type { Schema } from '../../../notion/schema.ts';

/** A data source that is shared with the integration. */
export interface SharedSource {
  readonly id: string;
  readonly databaseId: string;
  readonly title: string;
  readonly schema: Schema;
  /** The page that contains its database, or null. */
  readonly onPage: string | null;
}

/** A page that can contain databases: not a record of a database. */
export interface SharedPage {
  readonly id: string;
  readonly title: string;
  /** The page that contains it, or null. */
  readonly onPage: string | null;
}

/** What is shared with the integration. */
export interface Survey {
  readonly sources: readonly SharedSource[];
  readonly pages: readonly SharedPage[];
}

/** Limits the listing of pages, which includes thousands of database records. */
const MAX_PAGE_LISTS = 5;

/** @throws one of the errors of `src/errors.ts` */
export async function survey(api: NotionApi): Promise<Survey> {
  const sources = await sharedSources(api);
  const pages = await search(api, 'page', MAX_PAGE_LISTS);
  return { sources, pages: pages.flatMap(toPage) };
}

/** @throws one of the errors of `src/errors.ts` */
export async function sharedSources(api: NotionApi): Promise<readonly SharedSource[]> {
  const hits = await search(api, 'data_source', Number.POSITIVE_INFINITY);
  return hits.flatMap((hit) =>
    hit.object === 'data_source' && isFullDataSource(hit) && !hit.in_trash ? [toSource(hit)] : [],
  );
}

type Hit = SearchResponse['results'][number];

async function search(api: NotionApi, value: 'page' | 'data_source', maxLists: number): Promise<Hit[]> {
  const hits: Hit[] = [];
  let cursor: string | null = null;
  for (let lists = 0; lists < maxLists && (lists === 0 || cursor); lists++) {
    const request: SearchParameters = {
      filter: { property: 'object', value },
      page_size: 100,
      ...(cursor ? { start_cursor: cursor } : {}),
    };
    const list: SearchResponse = await api.call({ entity: 'all', kind: 'read', what: 'what is shared' }, (client) =>
      client.search(request),
    );
    hits.push(...list.results);
    cursor = list.next_cursor;
  }
  return hits;
}

export function toSource(source: DataSourceObjectResponse): SharedSource {
  const { id, title, properties, parent, database_parent } = source;
  return {
    id,
    databaseId: parent.type === 'database_id' ? parent.database_id : id,
    title: toPlainText(title),
    schema: properties,
    onPage: database_parent.type === 'page_id' ? database_parent.page_id : null,
  };
}

function toPage(hit: Hit): SharedPage[] {
  if (hit.object !== 'page' || !isFullPage(hit) || hit.in_trash) return [];
  const { id, parent, properties } = hit;
  if (parent.type === 'data_source_id' || parent.type === 'database_id') return [];
  const title = Object.values(properties).find((property) => property.type === 'title');
  const onPage = parent.type === 'page_id' ? parent.page_id : null;
  return [{ id, title: toPlainText(title?.type === 'title' ? title.title : []) || 'Untitled', onPage }];
}

const toPlainText = (items: readonly { readonly plain_text: string }[]): string =>
  items.map(({ plain_text }) => plain_text).join('');
