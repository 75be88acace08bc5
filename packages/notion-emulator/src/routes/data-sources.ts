import type { GetDataSourceResponse, QueryDataSourceResponse, UpdateDataSourceResponse } from '@notionhq/client';
import { notModelled } from '../api-error.ts';
import { flag, object } from '../expect.ts';
import { QUERY_KEYS, queryDataSource } from '../query.ts';
import { renderDataSource } from '../render.ts';
import { acceptRichText } from '../rich-text.ts';
import type { ApiRequest, Route } from '../router.ts';
import { SchemaChange } from '../schema.ts';
import { mentionablesOf, requireDataSource, requireOutOfTrash, visibleDataSource } from '../visibility.ts';
import { acceptIcon, type Backend, chosenProperties, FILTER_PROPERTIES, idIn, lagging } from './shared.ts';

export const dataSourceRoutes = (backend: Backend): Route[] => [
  {
    kind: 'data_source',
    method: 'GET',
    path: 'data_sources/:data_source_id',
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
    needs: 'update',
    writes: true,
    handle: (request) => update(backend, request),
  },
  {
    kind: 'query',
    method: 'POST',
    path: 'data_sources/:data_source_id/query',
    needs: 'read',
    queryKeys: FILTER_PROPERTIES,
    handle: (request): QueryDataSourceResponse => {
      const source = requireDataSource(backend.store, idIn(request, 'data_source_id'), request.integration);
      const body = object(request.body, 'body', QUERY_KEYS);
      const rendering = { ...lagging(backend, request.integration), ...chosenProperties(request, source) };
      return queryDataSource(source, body, backend.settings(), rendering);
    },
  },
];

function update(backend: Backend, request: ApiRequest): UpdateDataSourceResponse {
  const { store } = backend;
  const { integration } = request;
  const source = requireDataSource(store, idIn(request, 'data_source_id'), integration);
  const body = object(request.body, 'body', ['title', 'icon', 'properties', 'in_trash', 'archived', 'parent']);
  if (body.parent !== undefined) throw notModelled('Moving a data source');
  const trashed = body.in_trash ?? body.archived;
  if (trashed !== false) requireOutOfTrash(store, source);
  const change = new SchemaChange(store, (id) => visibleDataSource(store, id, integration));
  const rules = {
    limited: true,
    dateGrain: backend.settings().dateGrain,
    mentionables: mentionablesOf(store, integration),
  };
  change.begin({
    ...source,
    ...(body.title === undefined ? {} : { title: acceptRichText(body.title, 'body.title', rules) }),
    ...(body.icon === undefined ? {} : { icon: acceptIcon(body.icon, 'body.icon') }),
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
