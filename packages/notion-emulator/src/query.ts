import type { QueryDataSourceResponse } from '@notionhq/client';
import { notSupported } from './api-error.ts';
import { fromCursor, type Position, requestMark, toCursor } from './cursors.ts';
import { choice, flag, type JsonObject, pageSize } from './expect.ts';
import { acceptFilter } from './filters.ts';
import type { DataSource, Page } from './model.ts';
import { renderPage } from './render.ts';
import type { Rendering } from './rendering.ts';
import type { Settings } from './settings.ts';
import { acceptSorts, type Sorting } from './sorts.ts';
import type { Store } from './store.ts';
import { isVisible, pageInTrash } from './visibility.ts';

/** The allowed keys of a query's body. */
export const QUERY_KEYS = ['filter', 'sorts', 'start_cursor', 'page_size', 'in_trash', 'archived', 'result_type'];

/**
 * Answers `POST data_sources/{id}/query`.
 * @see https://developers.notion.com/reference/query-a-data-source
 */
export function queryDataSource(
  dataSource: DataSource,
  body: JsonObject,
  settings: Settings,
  rendering: Rendering,
): QueryDataSourceResponse {
  const { store } = rendering;
  for (const selector of ['in_trash', 'archived'] as const) {
    // Notion's types and its documentation contradict each other here.
    if (body[selector] !== undefined && flag(body[selector], `body.${selector}`))
      throw notSupported(`querying ${selector} pages`);
  }
  if (body.result_type !== undefined) choice(body.result_type, 'body.result_type', ['page', 'data_source']);
  const size = pageSize(body.page_size, 'body.page_size', settings.pageSizeCap);
  const matches =
    body.filter === undefined
      ? () => true
      : acceptFilter(body.filter, { dataSource, rendering, now: store.clock.now() });
  const sorting = acceptSorts(body.sorts, dataSource, rendering);
  const request = requestMark(dataSource.id, body.filter, body.sorts);
  const position = fromCursor(body.start_cursor, request);

  const ordered = remembered(rendering, dataSource, request, () => {
    const found = listed(dataSource, rendering).filter(({ page }) => matches(page));
    return inOrder(found, sorting);
  });
  const incomplete = ordered.length > settings.queryLimit;
  const start = startOf(ordered, position, sorting);
  const listable = Math.min(size, settings.queryLimit - position.served);
  const served = ordered.slice(start, start + listable);
  const total = position.served + served.length;
  const last = served.at(-1);
  const more = last !== undefined && start + served.length < ordered.length && total < settings.queryLimit;
  const next: Position = { served: total, ...(settings.cursors === 'anchored' && last ? { after: anchor(last) } : {}) };
  return {
    object: 'list',
    type: 'page_or_data_source',
    page_or_data_source: {},
    results: body.result_type === 'data_source' ? [] : served.map(({ page }) => renderPage(page, rendering)),
    next_cursor: more ? toCursor(request, next) : null,
    has_more: more,
    ...(incomplete ? { request_status: { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' } } : {}),
  };
}

interface Placed {
  readonly page: Page;
  readonly key: ReturnType<Sorting['keyOf']>;
  /** The position in the data source, including trashed pages, for equal keys. */
  readonly order: number;
}

interface CachedQuery {
  readonly key: string;
  readonly ordered: readonly Placed[];
}

/** The last query of each data source, so that reading 100,000 pages sorts them once, not for every 100. */
const lastQueries = new WeakMap<Store, Map<string, CachedQuery>>();

/** The previous result of the query, if nothing has changed since. */
function remembered(
  { store, view, viewer }: Rendering,
  dataSource: DataSource,
  request: string,
  find: () => readonly Placed[],
): readonly Placed[] {
  // The content of a lagging index changes with time.
  if (view !== store) return find();
  const last = lastQueries.get(store) ?? new Map<string, CachedQuery>();
  lastQueries.set(store, last);
  // Filters can contain "today".
  const today = Math.floor(store.clock.now() / DAY_MS);
  const key = [request, viewer?.botId, store.revision, today].join(' ');
  const known = last.get(dataSource.id);
  if (known?.key === key) return known.ordered;
  const ordered = find();
  last.set(dataSource.id, { key, ordered });
  return ordered;
}

const DAY_MS = 86_400_000;

const listed = (dataSource: DataSource, { store, view, viewer }: Rendering): Omit<Placed, 'key'>[] =>
  [...view.pagesOf(dataSource.id)]
    .map((page, order) => ({ page, order }))
    .filter(
      ({ page }) => !page.archived && !page.template && !pageInTrash(store, page) && isVisible(store, page, viewer),
    );

const inOrder = (pages: readonly Omit<Placed, 'key'>[], sorting: Sorting): Placed[] =>
  pages
    .map((placed) => ({ ...placed, key: sorting.keyOf(placed.page) }))
    .sort((a, b) => sorting.compare(a.key, b.key) || a.order - b.order);

const anchor = ({ page, order, key }: Placed): NonNullable<Position['after']> => ({ id: page.id, order, key });

/** The index after the last returned row, wherever that row is now. */
function startOf(ordered: readonly Placed[], { served, after }: Position, sorting: Sorting): number {
  if (!after) return Math.min(served, ordered.length);
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const placed = ordered[middle];
    const isBehind = placed && (sorting.compare(placed.key, after.key) || placed.order - after.order) > 0;
    if (isBehind) high = middle;
    else low = middle + 1;
  }
  return low;
}
