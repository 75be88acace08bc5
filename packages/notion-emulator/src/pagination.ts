import { fromCursor, requestMark, toCursor } from './cursors.ts';
import { pageSize } from './expect.ts';
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
