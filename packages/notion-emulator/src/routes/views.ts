import { notSupported } from '../api-error.ts';
import { type JsonObject, object, refuse, text, uuid } from '../expect.ts';
import { acceptFilter } from '../filters.ts';
import { undashed } from '../ids.ts';
import type { DataSource, View } from '../model.ts';
import { paginated } from '../pagination.ts';
import { queryDataSource } from '../query.ts';
import type { ApiRequest, Route } from '../router.ts';
import { acceptSorts } from '../sorts.ts';
import { findView, ViewQueries, viewsOf } from '../views.ts';
import { requireDatabase, requireDataSource } from '../visibility.ts';
import { type Backend, idIn, lagging, renderingFor } from './shared.ts';

const CONTENT_KEYS = ['name', 'filter', 'sorts', 'quick_filters', 'configuration'];

const route = (method: Route['method'], path: string, handle: Route['handle'], more: Partial<Route> = {}): Route => ({
  kind: 'views',
  method,
  path,
  needs: method === 'GET' ? 'read' : 'update',
  writes: method !== 'GET',
  handle,
  ...more,
});

export function viewRoutes(backend: Backend): Route[] {
  const view = (request: ApiRequest): View => findView(backend.store, idIn(request, 'view_id'), request.integration);
  return [
    route('GET', 'views', (request) => list(backend, request), {
      queryKeys: ['database_id', 'data_source_id', 'start_cursor', 'page_size'],
    }),
    route('POST', 'views', (request) => create(backend, request), { needs: 'insert' }),
    route('GET', 'views/:view_id', (request) => render(view(request))),
    route('PATCH', 'views/:view_id', (request) => {
      const changes = acceptContent(backend, object(request.body, 'body', CONTENT_KEYS), request, view(request));
      return keep(backend, { ...view(request), ...changes }, request);
    }),
    route('DELETE', 'views/:view_id', (request) => {
      const { id, databaseId, type } = view(request);
      keep(backend, { ...view(request), deleted: true }, request);
      return { object: 'view', id, parent: { type: 'database_id', database_id: databaseId }, type };
    }),
    ...queryRoutes(backend, view),
  ];
}

function queryRoutes(backend: Backend, view: (request: ApiRequest) => View): Route[] {
  const queries = new ViewQueries(backend.store.clock);
  return [
    route(
      'POST',
      'views/:view_id/queries',
      (request) => {
        const ids = pagesIn(backend, view(request), request);
        const query = queries.add(view(request).id, ids);
        const { results, ...more } = paginated(ids, request.query, [query.id], backend.settings());
        return { ...query, results: results.map((id) => ({ object: 'page', id })), ...more };
      },
      { needs: 'read', writes: false },
    ),
    route(
      'GET',
      'views/:view_id/queries/:query_id',
      (request) => {
        const ids = queries.find(view(request).id, idIn(request, 'query_id'));
        const { results, ...more } = paginated(ids, request.query, [request.params.query_id], backend.settings());
        return {
          object: 'list',
          results: results.map((id) => ({ object: 'page', id })),
          ...more,
          type: 'page',
          page: {},
        };
      },
      { queryKeys: ['start_cursor', 'page_size'] },
    ),
    route(
      'DELETE',
      'views/:view_id/queries/:query_id',
      (request) => {
        const id = idIn(request, 'query_id');
        queries.remove(view(request).id, id);
        return { object: 'view_query', id, deleted: true };
      },
      { needs: 'read', writes: false },
    ),
  ];
}

function list(backend: Backend, request: ApiRequest) {
  const { query, integration } = request;
  const [databaseId, sourceId] = [query.get('database_id'), query.get('data_source_id')];
  if (databaseId === null && sourceId === null) throw refuse('query.database_id', 'defined', undefined);
  const all = viewsOf(backend.store).filter(
    (view) =>
      (databaseId === null || view.databaseId === uuid(databaseId, 'query.database_id')) &&
      (sourceId === null || view.dataSourceId === uuid(sourceId, 'query.data_source_id')),
  );
  if (databaseId !== null) requireDatabase(backend.store, uuid(databaseId, 'query.database_id'), integration);
  if (sourceId !== null) requireDataSource(backend.store, uuid(sourceId, 'query.data_source_id'), integration);
  const { results, ...more } = paginated(all, query, ['views', databaseId, sourceId], backend.settings());
  return {
    object: 'list',
    results: results.map(({ id }) => ({ object: 'view', id })),
    ...more,
    type: 'view',
    view: {},
  };
}

function create(backend: Backend, request: ApiRequest) {
  const { store, newId } = backend;
  const { integration } = request;
  const body = object(request.body, 'body', [...CONTENT_KEYS, 'type', 'database_id', 'data_source_id', 'position']);
  if (body.database_id === undefined) throw notSupported('a view without a database_id');
  const database = requireDatabase(store, uuid(body.database_id, 'body.database_id'), integration);
  const source = requireDataSource(store, uuid(body.data_source_id, 'body.data_source_id'), integration);
  const now = store.clock.now();
  const type = text(body.type, 'body.type', { min: 1 });
  const blank: View = {
    id: newId(),
    databaseId: database.id,
    dataSourceId: source.id,
    name: '',
    type,
    filter: null,
    sorts: null,
    quickFilters: null,
    configuration: { type },
    deleted: false,
    ...{ createdAt: now, editedAt: now, createdBy: integration.botId, editedBy: integration.botId },
  };
  text(body.name, 'body.name');
  return keep(backend, { ...blank, ...acceptContent(backend, body, request, blank) }, request);
}

function acceptContent(backend: Backend, body: JsonObject, request: ApiRequest, view: View): Partial<View> {
  const source = view.dataSourceId === null ? undefined : backend.store.dataSources.get(view.dataSourceId);
  if (source) requireQuery(backend, source, body, request);
  return {
    ...(body.name === undefined ? {} : { name: text(body.name, 'body.name') }),
    ...(body.filter === undefined ? {} : { filter: body.filter }),
    ...(body.sorts === undefined ? {} : { sorts: body.sorts }),
    ...(body.quick_filters === undefined ? {} : { quickFilters: body.quick_filters }),
    ...(body.configuration === undefined ? {} : { configuration: body.configuration }),
  };
}

/** @throws NotionError 400 for a filter or sorts that do not fit the data source */
function requireQuery(backend: Backend, dataSource: DataSource, body: JsonObject, { integration }: ApiRequest): void {
  const rendering = renderingFor(backend, integration);
  const now = backend.store.clock.now();
  if (body.filter !== undefined && body.filter !== null) acceptFilter(body.filter, { dataSource, rendering, now });
  if (body.sorts !== undefined && body.sorts !== null) acceptSorts(body.sorts, dataSource, rendering);
}

/** The pages that a view shows, at most 10,000. */
function pagesIn(backend: Backend, view: View, { integration }: ApiRequest): string[] {
  if (view.dataSourceId === null) return [];
  const source = requireDataSource(backend.store, view.dataSourceId, integration);
  const found: string[] = [];
  let start_cursor: string | null = null;
  do {
    const body: JsonObject = {
      ...(view.filter === null ? {} : { filter: view.filter }),
      ...(view.sorts === null ? {} : { sorts: view.sorts }),
      ...(start_cursor === null ? {} : { start_cursor }),
    };
    const page = queryDataSource(source, body, backend.settings(), lagging(backend, integration));
    found.push(...page.results.map(({ id }) => id));
    start_cursor = page.next_cursor;
  } while (start_cursor !== null);
  return found;
}

function keep({ store }: Backend, view: View, { integration }: ApiRequest) {
  const row = { ...view, editedAt: store.clock.now(), editedBy: integration.botId };
  store.commit({ table: 'view', row });
  return render(row);
}

const render = (view: View) => ({
  object: 'view',
  id: view.id,
  parent: { type: 'database_id', database_id: view.databaseId },
  data_source_id: view.dataSourceId,
  name: view.name,
  type: view.type,
  created_time: withOffset(view.createdAt),
  created_by: { object: 'user', id: view.createdBy },
  last_edited_time: withOffset(view.editedAt),
  last_edited_by: { object: 'user', id: view.editedBy },
  url: `https://app.notion.com/p/${undashed(view.databaseId)}?v=${undashed(view.id)}`,
  filter: view.filter,
  sorts: view.sorts,
  quick_filters: view.quickFilters,
  configuration: view.configuration,
});

const withOffset = (ms: number): string => new Date(ms).toISOString().replace('Z', '+00:00');
