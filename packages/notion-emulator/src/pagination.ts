import { invalid } from './api-error.ts';
import { fromCursor, requestMark, toCursor } from './cursors.ts';
import { pageSize } from './expect.ts';
import { toUuid } from './ids.ts';
import type { Settings } from './settings.ts';

interface Paginated<T> {
  readonly results: T[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/** The part of a list that `start_cursor` and `page_size` of a request's query choose. @param mark identifies the list */
export function paginated<T>(
  all: readonly T[],
  query: URLSearchParams,
  mark: readonly unknown[],
  settings: Settings,
): Paginated<T> {
  const size = pageSize(query.get('page_size') ?? undefined, 'query.page_size', settings.pageSizeCap);
  const request = requestMark(...mark);
  const { served } = fromCursor(query.get('start_cursor'), request);
  const results = all.slice(served, served + size);
  const more = served + results.length < all.length;
  return { results, next_cursor: more ? toCursor(request, { served: served + results.length }) : null, has_more: more };
}

/** As `paginated`, but a cursor is the id of the first result of the next part. */
export function paginatedById<T extends { readonly id: string }>(
  all: readonly T[],
  query: URLSearchParams,
  settings: Settings,
): Paginated<T> {
  const cursor = query.get('start_cursor');
  const start = cursor === null ? 0 : all.findIndex(({ id }) => id === toUuid(cursor));
  if (start < 0) throw invalid(`The start_cursor provided is invalid: ${cursor}`);
  const size = pageSize(query.get('page_size') ?? undefined, 'query.page_size', settings.pageSizeCap);
  const next = all[start + size];
  return { results: all.slice(start, start + size), next_cursor: next?.id ?? null, has_more: next !== undefined };
}
