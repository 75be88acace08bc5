import type { GetPagePropertyResponse, GetPageResponse } from '@notionhq/client';
import { NotionError } from '../api-error.ts';
import type { Page } from '../model.ts';
import { propertyItems } from '../property-items.ts';
import { renderPage, WORKSPACE_TITLE } from '../render.ts';
import type { ApiRequest, Route } from '../router.ts';
import { requirePage } from '../visibility.ts';
import { createFromRequest } from './create-page.ts';
import { type Backend, chosenProperties, FILTER_PROPERTIES, idIn, renderingFor } from './shared.ts';
import { moveFromRequest, updateFromRequest } from './update-page.ts';

export const pageRoutes = (backend: Backend): Route[] => [
  {
    kind: 'create',
    method: 'POST',
    path: 'pages',
    needs: 'insert',
    writes: true,
    queryKeys: FILTER_PROPERTIES,
    handle: (request) => createFromRequest(backend, request),
  },
  {
    kind: 'read',
    method: 'GET',
    path: 'pages/:page_id',
    needs: 'read',
    queryKeys: FILTER_PROPERTIES,
    handle: (request): GetPageResponse => {
      const page = requirePage(backend.store, idIn(request, 'page_id'), request.integration);
      return answer(backend, page, request);
    },
  },
  {
    kind: 'update',
    method: 'PATCH',
    path: 'pages/:page_id',
    needs: 'update',
    writes: true,
    queryKeys: FILTER_PROPERTIES,
    handle: (request) => updateFromRequest(backend, request),
  },
  {
    kind: 'move',
    method: 'POST',
    path: 'pages/:page_id/move',
    needs: 'update',
    writes: true,
    handle: (request) => moveFromRequest(backend, request),
  },
  {
    kind: 'property_item',
    method: 'GET',
    path: 'pages/:page_id/properties/:property_id',
    needs: 'read',
    queryKeys: ['start_cursor', 'page_size'],
    handle: (request) => readProperty(backend, request),
  },
];

function readProperty(backend: Backend, request: ApiRequest): GetPagePropertyResponse {
  const { store } = backend;
  const { integration, params, query } = request;
  const page = requirePage(store, idIn(request, 'page_id'), integration);
  const source = page.dataSourceId === null ? undefined : store.dataSources.get(page.dataSourceId);
  // Notion returns percent-encoded ids, which the router has decoded.
  const properties = source?.properties ?? [WORKSPACE_TITLE];
  const property = properties.find(({ id }) => id === params.property_id);
  if (!property) {
    throw new NotionError(404, 'object_not_found', `Could not find property with ID: ${params.property_id}.`);
  }
  return propertyItems(page, property, query, backend.settings(), renderingFor(backend, integration));
}

function answer(backend: Backend, page: Page, request: ApiRequest): GetPageResponse {
  const source = page.dataSourceId === null ? undefined : backend.store.dataSources.get(page.dataSourceId);
  return renderPage(page, { ...renderingFor(backend, request.integration), ...chosenProperties(request, source) });
}
