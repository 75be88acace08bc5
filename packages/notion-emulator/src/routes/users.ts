import type { GetSelfResponse, GetUserResponse, ListUsersResponse } from '@notionhq/client';
import { notFound } from '../api-error.ts';
import { fromCursor, requestMark, toCursor } from '../cursors.ts';
import { pageSize } from '../expect.ts';
import { renderUser } from '../render-users.ts';
import type { Route } from '../router.ts';
import type { Store } from '../store.ts';
import { type Backend, idIn } from './shared.ts';

export const userRoutes = ({ store, settings }: Backend): Route[] => [
  {
    kind: 'me',
    method: 'GET',
    path: 'users/me',
    needs: null,
    handle: ({ integration }): GetSelfResponse => renderUserById(store, integration.botId),
  },
  {
    kind: 'users',
    method: 'GET',
    path: 'users/:user_id',
    needs: 'users',
    handle: (request): GetUserResponse => renderUserById(store, idIn(request, 'user_id')),
  },
  {
    kind: 'users',
    method: 'GET',
    path: 'users',
    needs: 'users',
    queryKeys: ['start_cursor', 'page_size'],
    handle: ({ query }): ListUsersResponse => {
      const size = pageSize(query.get('page_size') ?? undefined, 'query.page_size', settings().pageSizeCap);
      const request = requestMark('users');
      const { served } = fromCursor(query.get('start_cursor'), request);
      const users = [...store.users.values()];
      const results = users.slice(served, served + size).map(renderUser);
      const more = served + results.length < users.length;
      const next_cursor = more ? toCursor(request, { served: served + results.length }) : null;
      return { object: 'list', type: 'user', user: {}, results, next_cursor, has_more: more };
    },
  },
];

function renderUserById(store: Store, id: string) {
  const user = store.users.get(id);
  if (!user) throw notFound('user', id);
  return renderUser(user);
}
