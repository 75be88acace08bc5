import type { QueryDataSourceResponse } from '@notionhq/client';
import { notModelled } from './api-error.ts';
import { fromCursor, type Position, requestMark, toCursor } from './cursors.ts';
import { choice, flag, type JsonObject, pageSize } from './expect.ts';
import { acceptFilter } from './filters.ts';
import type { DataSource, Page } from './model.ts';
import { type Rendering, renderPage } from './render.ts';
import type { Settings } from './settings.ts';
import { acceptSorts, type Sorting } from './sorts.ts';
import { isVisible, pageInTrash } from './visibility.ts';

/** The keys that a query's body may have. */
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
  const { store, view, viewer } = rendering;
  for (const selector of ['in_trash', 'archived'] as const) {
    // Notion's types and its documentation disagree on what these select.
    if (body[selector] !== undefined && flag(body[selector], `body.${selector}`))
      throw notModelled(`Querying ${selector} pages`);
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

  const found = [...view.pagesOf(dataSource.id)]
    .map((page, order) => ({ page, order }))
    .filter(
      ({ page }) => !page.archived && !pageInTrash(store, page) && isVisible(store, page, viewer) && matches(page),
    );
  const ordered = inOrder(found, sorting);
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
  /** Its place in the data source, trashed pages counted: it decides between equal keys. */
  readonly order: number;
}

const inOrder = (pages: readonly Omit<Placed, 'key'>[], sorting: Sorting): Placed[] =>
  pages
    .map((placed) => ({ ...placed, key: sorting.keyOf(placed.page) }))
    .sort((a, b) => sorting.compare(a.key, b.key) || a.order - b.order);

const anchor = ({ page, order, key }: Placed): NonNullable<Position['after']> => ({ id: page.id, order, key });

/** Behind the row that was served last, wherever that stands now. */
function startOf(ordered: readonly Placed[], { served, after }: Position, sorting: Sorting): number {
  if (!after) return Math.min(served, ordered.length);
  const behind = ordered.findIndex(({ key, order }) => (sorting.compare(key, after.key) || order - after.order) > 0);
  return behind < 0 ? ordered.length : behind;
}
