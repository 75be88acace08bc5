import type { SearchResponse } from '@notionhq/client';
import { fromCursor, requestMark, toCursor } from './cursors.ts';
import { choice, flag, type JsonObject, object, pageSize, text } from './expect.ts';
import { floorToMinute } from './ids.ts';
import { renderDataSource, renderPage } from './render.ts';
import type { Rendering } from './rendering.ts';
import { ownWords } from './rich-text.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import { dataSourceInTrash, isVisible, pageInTrash, visibleDataSource } from './visibility.ts';

export const SEARCH_KEYS = ['query', 'filter', 'sort', 'start_cursor', 'page_size'];

interface Hit {
  readonly kind: 'page' | 'data_source';
  readonly title: string;
  readonly editedAt: number;
  readonly trashed: boolean;
  render(): SearchResponse['results'][number];
}

/** Answers `POST search`: titles only. @see https://developers.notion.com/reference/post-search */
export function search(body: JsonObject, settings: Settings, rendering: Rendering): SearchResponse {
  const wanted = body.query === undefined ? '' : text(body.query, 'body.query').toLowerCase();
  const { kind, trashed } = acceptSearchFilter(body.filter);
  const sign = acceptSearchSort(body.sort);
  const size = pageSize(body.page_size, 'body.page_size', settings.pageSizeCap);
  const request = requestMark('search', wanted, body.filter, body.sort);
  const { served } = fromCursor(body.start_cursor, request);
  const hits = [...dataSourceHits(rendering), ...pageHits(rendering)]
    .filter((hit) => kind === null || hit.kind === kind)
    .filter((hit) => (trashed === null ? hit.kind === 'data_source' || !hit.trashed : hit.trashed === trashed))
    .filter((hit) => sharesWord(hit.title, wanted))
    .sort((a, b) => sign * (floorToMinute(a.editedAt) - floorToMinute(b.editedAt)));
  const results = hits.slice(served, served + size);
  const more = served + results.length < hits.length;
  return {
    object: 'list',
    type: 'page_or_data_source',
    page_or_data_source: {},
    results: results.map((hit) => hit.render()),
    next_cursor: more ? toCursor(request, { served: served + results.length }) : null,
    has_more: more,
  };
}

/** Notion also finds titles that have only one of the words. */
function sharesWord(title: string, wanted: string): boolean {
  const words = title.toLowerCase();
  return words.includes(wanted) || wanted.split(/\s+/).some((word) => word !== '' && words.includes(word));
}

/** Without `in_trash`, Notion also returns data sources that are in the trash. */
function acceptSearchFilter(value: unknown): { kind: Hit['kind'] | null; trashed: boolean | null } {
  if (value === undefined) return { kind: null, trashed: null };
  const filter = object(value, 'body.filter', ['property', 'value', 'in_trash']);
  const trashed = filter.in_trash === undefined ? null : flag(filter.in_trash, 'body.filter.in_trash');
  if (filter.property === undefined && filter.in_trash !== undefined) return { kind: null, trashed };
  choice(filter.property, 'body.filter.property', ['object']);
  const kind = choice(filter.value, 'body.filter.value', ['page', 'data_source']);
  return { kind, trashed };
}

/** The default order is by relevance, which is not modelled: newest first instead. */
function acceptSearchSort(value: unknown): 1 | -1 {
  if (value === undefined) return -1;
  const sort = object(value, 'body.sort', ['timestamp', 'direction', 'property']);
  if (sort.property !== undefined) {
    choice(sort.property, 'body.sort.property', ['relevance']);
    return -1;
  }
  choice(sort.timestamp, 'body.sort.timestamp', ['last_edited_time']);
  return choice(sort.direction, 'body.sort.direction', ['ascending', 'descending']) === 'ascending' ? 1 : -1;
}

function dataSourceHits({ store, viewer }: Rendering): Hit[] {
  return [...store.dataSources.values()]
    .filter((source) => visibleDataSource(store, source.id, viewer))
    .map(
      (source): Hit => ({
        kind: 'data_source',
        title: ownWords(source.title),
        editedAt: source.editedAt,
        trashed: dataSourceInTrash(store, source),
        render: () => renderDataSource(source, store, viewer),
      }),
    );
}

function pageHits(rendering: Rendering): Hit[] {
  const { store, view, viewer } = rendering;
  return indexedPages(store, rendering)
    .filter((page) => isVisible(store, page, viewer) && !page.archived && !page.template)
    .map((page): Hit => {
      const title = page.values.title;
      return {
        kind: 'page',
        title: title?.type === 'title' ? ownWords(title.runs) : '',
        editedAt: page.editedAt,
        trashed: pageInTrash(store, page),
        render: () => renderPage(page, { ...rendering, view }),
      };
    });
}

/** Top-level pages are always in the index. */
const indexedPages = (store: Store, { view }: Rendering) =>
  [...store.pages()].flatMap((page) => (page.dataSourceId === null ? page : (view.page(page.id) ?? [])));
