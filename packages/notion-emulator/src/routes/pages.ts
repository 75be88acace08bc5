import type {
  CreatePageResponse,
  GetPagePropertyResponse,
  GetPageResponse,
  UpdatePageResponse,
} from '@notionhq/client';
import { inTrash, invalid, NotionError, notModelled } from '../api-error.ts';
import type { Block } from '../blocks/model.ts';
import { bodyPuts, newBlocks } from '../bodies.ts';
import { flag, type JsonObject, object, refuse, text, uuid } from '../expect.ts';
import type { DataSource, Integration, Page } from '../model.ts';
import {
  acceptProperties,
  changePage,
  createPage,
  type PageChange,
  type PropertyWrites,
  type Writer,
} from '../pages.ts';
import { propertyItems } from '../property-items.ts';
import { renderPage } from '../render.ts';
import type { ApiRequest, Route } from '../router.ts';
import { dataSourceInTrash, pageInTrash, requireDatabase, requireDataSource, requirePage } from '../visibility.ts';
import {
  acceptCover,
  acceptIcon,
  type Backend,
  chosenProperties,
  FILTER_PROPERTIES,
  idIn,
  renderingFor,
} from './shared.ts';

const CREATE_KEYS = ['parent', 'properties', 'icon', 'cover', 'markdown', 'allow_async'];
const UPDATE_KEYS = ['properties', 'icon', 'cover', 'is_locked', 'in_trash', 'archived', 'is_archived'];
const NOT_MODELLED = ['children', 'content', 'template', 'position', 'erase_content'];

export const pageRoutes = (backend: Backend, newId: () => string): Route[] => [
  {
    kind: 'create',
    method: 'POST',
    path: 'pages',
    needs: 'insert',
    writes: true,
    queryKeys: FILTER_PROPERTIES,
    handle: (request) => create(backend, request, newId),
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
    handle: (request) => update(backend, request),
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

function create(backend: Backend, request: ApiRequest, newId: () => string): CreatePageResponse {
  const { store } = backend;
  const { body, integration } = request;
  if (body.markdown !== undefined && (body.children !== undefined || body.content !== undefined)) {
    throw invalid('body failed validation: markdown cannot be used with children or content.');
  }
  refuseUnmodelled(body);
  object(body, 'body', CREATE_KEYS);
  if (body.allow_async !== undefined && flag(body.allow_async, 'body.allow_async')) throw notModelled('allow_async');
  const source = parentOf(backend, body.parent, integration);
  if (dataSourceInTrash(store, source)) throw inTrash();
  const only = chosenProperties(request, source);
  const given = body.properties ?? {};
  const settings = backend.settings();
  const writer = writerOf(integration);
  const writes = acceptProperties(store, settings, source, given, writer);
  const markdown = body.markdown === undefined ? '' : text(body.markdown, 'body.markdown');
  const written = withTitle(writes, newBlocks({ store, settings, newId, ...writer }, markdown));
  const fresh = {
    id: newId(),
    icon: body.icon === undefined ? null : acceptIcon(body.icon, 'body.icon'),
    cover: body.cover === undefined ? null : acceptCover(body.cover, 'body.cover'),
  };
  const { blocks } = written;
  const page = createPage(store, written.writes, fresh, integration.botId, bodyPuts(fresh.id, blocks));
  return partly(integration, page, () => renderPage(page, { ...renderingFor(backend, integration), ...only }));
}

/** Without a title property, the first heading 1 of the Markdown becomes the title and is removed from the body. */
function withTitle(writes: PropertyWrites, blocks: Block[]): { writes: PropertyWrites; blocks: Block[] } {
  const heading = blocks.find((block) => block.type === 'heading_1');
  if ('title' in writes.values || heading?.type !== 'heading_1') return { writes, blocks };
  const values = { ...writes.values, title: { type: 'title', runs: heading.runs } as const };
  return { writes: { ...writes, values }, blocks: blocks.filter((block) => block !== heading) };
}

function parentOf({ store }: Backend, value: unknown, viewer: Integration): DataSource {
  const parent = object(value, 'body.parent', ['type', 'data_source_id', 'database_id', 'page_id', 'workspace']);
  const kinds = Object.keys(parent).filter((key) => key !== 'type');
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw refuse('body.parent.data_source_id', 'defined', undefined);
  if (parent.type !== undefined && parent.type !== kind) throw refuse('body.parent.type', `\`"${kind}"\``, parent.type);
  const at = `body.parent.${kind}`;
  if (kind === 'data_source_id') return requireDataSource(store, uuid(parent[kind], at), viewer);
  if (kind === 'database_id') {
    const database = requireDatabase(store, uuid(parent[kind], at), viewer);
    const [only, ...others] = database.dataSourceIds;
    if (only !== undefined && others.length === 0) return requireDataSource(store, only, viewer);
    throw new NotionError(
      400,
      'validation_error',
      `Database ${database.id} has multiple data sources: name one of them.`,
      {
        additionalData: {
          error_type: 'multiple_data_sources_for_database',
          database_id: database.id,
          child_data_source_ids: database.dataSourceIds,
          minimum_api_version: '2025-09-03',
        },
      },
    );
  }
  throw notModelled(`A page whose parent is a ${kind}`);
}

function update(backend: Backend, request: ApiRequest): UpdatePageResponse {
  const { store } = backend;
  const { body, integration } = request;
  const page = requirePage(store, idIn(request, 'page_id'), integration);
  refuseUnmodelled(body);
  object(body, 'body', UPDATE_KEYS);
  const source = page.dataSourceId === null ? undefined : store.dataSources.get(page.dataSourceId);
  if (!source) throw notModelled('Editing a page that is not in a data source');
  const trashed = acceptTrashed(body);
  if (pageInTrash(store, page)) {
    const restoresOnly =
      trashed === false && Object.keys(body).every((key) => key === 'in_trash' || key === 'archived');
    if (!restoresOnly || dataSourceInTrash(store, source)) throw inTrash();
  }
  const only = chosenProperties(request, source);
  const writer = writerOf(integration);
  const writes = acceptProperties(store, backend.settings(), source, body.properties ?? {}, writer);
  const change: PageChange = {
    ...(trashed === undefined ? {} : { trashed }),
    ...(body.is_archived === undefined ? {} : { archived: flag(body.is_archived, 'body.is_archived') }),
    ...(body.is_locked === undefined ? {} : { locked: flag(body.is_locked, 'body.is_locked') }),
    ...(body.icon === undefined ? {} : { icon: acceptIcon(body.icon, 'body.icon') }),
    ...(body.cover === undefined ? {} : { cover: acceptCover(body.cover, 'body.cover') }),
  };
  const changed = changePage(store, page, writes, change, integration.botId);
  return partly(integration, changed, () => renderPage(changed, { ...renderingFor(backend, integration), ...only }));
}

/** `archived` is the older name of `in_trash`. */
function acceptTrashed(body: JsonObject): boolean | undefined {
  const given = (['in_trash', 'archived'] as const).flatMap((key) =>
    body[key] === undefined ? [] : [flag(body[key], `body.${key}`)],
  );
  if (new Set(given).size > 1) throw invalid('body failed validation: in_trash and archived contradict each other.');
  return given[0];
}

function readProperty(backend: Backend, request: ApiRequest): GetPagePropertyResponse {
  const { store } = backend;
  const { integration, params, query } = request;
  const page = requirePage(store, idIn(request, 'page_id'), integration);
  const source = page.dataSourceId === null ? undefined : store.dataSources.get(page.dataSourceId);
  // Notion returns percent-encoded ids, which the router has decoded.
  const property = source?.properties.find(({ id }) => id === params.property_id);
  if (!property) {
    throw new NotionError(404, 'object_not_found', `Could not find property with ID: ${params.property_id}.`);
  }
  return propertyItems(page, property, query, backend.settings(), renderingFor(backend, integration));
}

function refuseUnmodelled(body: JsonObject): void {
  const key = NOT_MODELLED.find((candidate) => candidate in body);
  if (key !== undefined) throw notModelled(`A page's ${key}`);
}

const writerOf = (integration: Integration): Writer => ({ userId: integration.botId, viewer: integration });

function answer(backend: Backend, page: Page, request: ApiRequest): GetPageResponse {
  const source = page.dataSourceId === null ? undefined : backend.store.dataSources.get(page.dataSourceId);
  return renderPage(page, { ...renderingFor(backend, request.integration), ...chosenProperties(request, source) });
}

/** Integrations that can write but not read get the id only. */
const partly = <T>(integration: Integration, page: Page, whole: () => T): T | { object: 'page'; id: string } =>
  integration.capabilities.read ? whole() : { object: 'page', id: page.id };
