import type { SearchResponse } from '@notionhq/client';
import { object } from '../expect.ts';
import type { Route } from '../router.ts';
import { SEARCH_KEYS, search } from '../search.ts';
import { type Backend, lagging } from './shared.ts';

export const searchRoutes = (backend: Backend): Route[] => [
  {
    kind: 'search',
    method: 'POST',
    path: 'search',
    needs: 'read',
    handle: ({ body, integration }): SearchResponse =>
      search(object(body, 'body', SEARCH_KEYS), backend.settings(), lagging(backend, integration)),
  },
];
