import type { SearchResponse } from '@notionhq/client';
import { type JsonObject, object, refuse } from '../expect.ts';
import type { ApiRequest, Route } from '../router.ts';
import { SEARCH_KEYS, search } from '../search.ts';
import { hasDataSources } from '../versions.ts';
import { type Backend, lagging } from './shared.ts';

export const searchRoutes = (backend: Backend): Route[] => [
  {
    kind: 'search',
    method: 'POST',
    path: 'search',
    needs: 'read',
    handle: (request): SearchResponse =>
      search(
        object(inNewForm(request), 'body', SEARCH_KEYS),
        backend.settings(),
        lagging(backend, request.integration),
      ),
  },
];

/** Before version 2025-09-03, `database` was the name of what `data_source` finds. */
function inNewForm({ version, body }: ApiRequest): JsonObject {
  const { filter } = body;
  if (hasDataSources(version) || typeof filter !== 'object' || filter === null || !('value' in filter)) return body;
  if (filter.value === 'data_source') throw refuse('body.filter.value', '`"page"`, or `"database"`', filter.value);
  return filter.value === 'database' ? { ...body, filter: { ...filter, value: 'data_source' } } : body;
}
