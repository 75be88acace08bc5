import type {
  CreateDataSourceResponse,
  GetDataSourceResponse,
  QueryDataSourceResponse,
  UpdateDataSourceResponse,
} from '@notionhq/client';
import { inTrash, notSupported } from '../api-error.ts';
import { newDataSource } from '../databases.ts';
import { flag, object, uuid } from '../expect.ts';
import { acceptIcon } from '../files.ts';
import type { DataSource } from '../model.ts';
import { QUERY_KEYS, queryDataSource } from '../query.ts';
import { renderDataSource } from '../render.ts';
import { acceptRichText } from '../rich-text.ts';
import type { ApiRequest, Route } from '../router.ts';
import { SchemaChange } from '../schema.ts';
import { listTemplates } from '../templates.ts';
import { hasDataSources } from '../versions.ts';
import { requireDatabase, requireDataSource, requireOutOfTrash, visibleDataSource } from '../visibility.ts';
import { type Backend, chosenProperties, FILTER_PROPERTIES, idIn, lagging, rulesFor } from './shared.ts';

export const dataSourceRoutes = (backend: Backend): Route[] => [
  {
    kind: 'data_source',
    method: 'GET',
    path: 'data_sources/:data_source_id',
    isIn: hasDataSources,
    needs: 'read',
    handle: (request): GetDataSourceResponse => {
      const source = requireDataSource(backend.store, idIn(request, 'data_source_id'), request.integration);
      return renderDataSource(source, backend.store, request.integration);
    },
  },
  {
    kind: 'update_data_source',
    method: 'PATCH',
    path: 'data_sources/:data_source_id',
    isIn: hasDataSources,
    needs: 'update',
    writes: true,
    handle: (request) => update(backend, request),
  },
  {
    kind: 'create_data_source',
    method: 'POST',
    path: 'data_sources',
    needs: 'insert',
    writes: true,
    isIn: hasDataSources,
    handle: (request) => create(backend, request),
  },
  {
    kind: 'templates',
    method: 'GET',
    path: 'data_sources/:data_source_id/templates',
    needs: 'read',
    isIn: hasDataSources,
    queryKeys: ['name', 'start_cursor', 'page_size'],
    handle: (request) => {
      const source = requireDataSource(backend.store, idIn(request, 'data_source_id'), request.integration);
      return listTemplates(backend.store, source, request.query, backend.settings(), request.integration);
    },
  },
  {
    kind: 'query',
    method: 'POST',
    path: 'data_sources/:data_source_id/query',
    isIn: hasDataSources,
    needs: 'read',
    queryKeys: FILTER_PROPERTIES,
    handle: (request) => {
      const id = idIn(request, 'data_source_id');
      return query(backend, requireDataSource(backend.store, id, request.integration), request);
    },
  },
];

export function query(backend: Backend, source: DataSource, request: ApiRequest): QueryDataSourceResponse {
  const body = object(request.body, 'body', QUERY_KEYS);
  const rendering = { ...lagging(backend, request.integration), ...chosenProperties(request, source) };
  return queryDataSource(source, body, backend.settings(), rendering);
}

function create(backend: Backend, { body, integration }: ApiRequest): CreateDataSourceResponse {
  const { store, newId } = backend;
  object(body, 'body', ['parent', 'properties', 'title', 'icon']);
  const parent = object(body.parent, 'body.parent', ['type', 'database_id']);
  const database = requireDatabase(store, uuid(parent.database_id, 'body.parent.database_id'), integration);
  if (database.trashed) throw inTrash();
  const rules = rulesFor(backend, integration);
  const now = store.clock.now();
  const by = integration.botId;
  const source = {
    id: newId(),
    databaseId: database.id,
    title: body.title === undefined ? [] : acceptRichText(body.title, 'body.title', rules),
    icon: body.icon === undefined ? null : acceptIcon(body.icon, 'body.icon', rules),
    ...{ createdAt: now, editedAt: now, createdBy: by, editedBy: by, trashed: false },
  };
  const row = { ...database, dataSourceIds: [...database.dataSourceIds, source.id] };
  const properties = object(body.properties, 'body.properties');
  const visible = (id: string) => visibleDataSource(store, id, integration);
  store.commit({ table: 'database', row }, ...newDataSource(store, source, properties, visible));
  return renderDataSource(requireDataSource(store, source.id, integration), store, integration);
}

function update(backend: Backend, request: ApiRequest): UpdateDataSourceResponse {
  const { store } = backend;
  const { integration } = request;
  const source = requireDataSource(store, idIn(request, 'data_source_id'), integration);
  const body = object(request.body, 'body', ['title', 'icon', 'properties', 'in_trash', 'archived', 'parent']);
  if (body.parent !== undefined) throw notSupported('moving a data source');
  const trashed = body.in_trash ?? body.archived;
  if (trashed !== false) requireOutOfTrash(store, source);
  const change = new SchemaChange(store, (id) => visibleDataSource(store, id, integration));
  const rules = rulesFor(backend, integration);
  change.begin({
    ...source,
    ...(body.title === undefined ? {} : { title: acceptRichText(body.title, 'body.title', rules) }),
    ...(body.icon === undefined ? {} : { icon: acceptIcon(body.icon, 'body.icon', rules) }),
    ...(trashed === undefined ? {} : { trashed: flag(trashed, 'body.in_trash') }),
    editedAt: store.clock.now(),
    editedBy: integration.botId,
  });
  if (body.properties !== undefined) {
    change.obey(source.id, object(body.properties, 'body.properties'), 'body.properties');
  }
  store.commit(...change.puts());
  const changed = requireDataSource(store, source.id, integration);
  const shown = renderDataSource(changed, store, integration);
  return integration.capabilities.read ? shown : { object: 'data_source', id: shown.id, properties: shown.properties };
}
