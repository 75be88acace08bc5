import type {
  CreateDatabaseResponse,
  DatabaseObjectResponse,
  GetDatabaseResponse,
  UpdateDatabaseResponse,
} from '@notionhq/client';
import { inTrash, notSupported } from '../api-error.ts';
import { addDatabase } from '../databases.ts';
import { choice, flag, type JsonObject, object, uuid } from '../expect.ts';
import { acceptCover, acceptIcon } from '../files.ts';
import type { Put } from '../journal.ts';
import type { Database, Integration } from '../model.ts';
import { renderDatabase, renderDataSource } from '../render.ts';
import { acceptRichText } from '../rich-text.ts';
import type { ApiRequest, Route } from '../router.ts';
import { SchemaChange } from '../schema.ts';
import { asOldDatabase, hasDataSources } from '../versions.ts';
import { requireDatabase, requirePage, visibleDataSource } from '../visibility.ts';
import { onlySource } from './create-page.ts';
import { query } from './data-sources.ts';
import { type Backend, FILTER_PROPERTIES, idIn, rulesFor } from './shared.ts';

/** Before version 2025-09-03, `properties` and the query belong to a database. */
const CREATE_KEYS = ['parent', 'title', 'description', 'is_inline', 'initial_data_source', 'icon', 'cover'];
const UPDATE_KEYS = [
  'parent',
  'title',
  'description',
  'is_inline',
  'icon',
  'cover',
  'in_trash',
  'archived',
  'is_locked',
];

export const databaseRoutes = (backend: Backend): Route[] => [
  {
    kind: 'create_database',
    method: 'POST',
    path: 'databases',
    needs: 'insert',
    writes: true,
    handle: (request) => create(backend, request),
  },
  {
    kind: 'database',
    method: 'GET',
    path: 'databases/:database_id',
    needs: 'read',
    handle: (request): GetDatabaseResponse => {
      const database = requireDatabase(backend.store, idIn(request, 'database_id'), request.integration);
      return answer(backend, database, request);
    },
  },
  {
    kind: 'query',
    method: 'POST',
    path: 'databases/:database_id/query',
    needs: 'read',
    queryKeys: FILTER_PROPERTIES,
    isIn: (version) => !hasDataSources(version),
    handle: (request) => {
      const { store } = backend;
      return query(backend, onlySource(store, idIn(request, 'database_id'), request.integration), request);
    },
  },
  {
    kind: 'update_database',
    method: 'PATCH',
    path: 'databases/:database_id',
    needs: 'update',
    writes: true,
    handle: (request) => update(backend, request),
  },
];

function create(backend: Backend, request: ApiRequest): CreateDatabaseResponse {
  const { store, newId } = backend;
  const { integration } = request;
  const body = object(inNewForm(request), 'body', CREATE_KEYS);
  const parent = object(body.parent, 'body.parent', ['type', 'page_id', 'workspace']);
  choice(parent.type, 'body.parent.type', ['page_id', 'workspace']);
  if (parent.type === 'workspace') throw notSupported('a top-level database, created by an internal integration');
  const page = requirePage(store, uuid(parent.page_id, 'body.parent.page_id'), integration);
  const rules = rulesFor(backend, integration);
  const initial =
    body.initial_data_source === undefined
      ? {}
      : object(body.initial_data_source, 'body.initial_data_source', ['properties']);
  const database = addDatabase(
    store,
    {
      id: newId(),
      dataSourceId: newId(),
      parentPageId: page.id,
      title: body.title === undefined ? [] : acceptRichText(body.title, 'body.title', rules),
      description: body.description === undefined ? [] : acceptRichText(body.description, 'body.description', rules),
      inline: body.is_inline !== undefined && flag(body.is_inline, 'body.is_inline'),
      icon: body.icon === undefined ? null : acceptIcon(body.icon, 'body.icon', rules),
      cover: body.cover === undefined ? null : acceptCover(body.cover, 'body.cover', rules),
      properties: object(initial.properties ?? {}, 'body.initial_data_source.properties'),
    },
    integration.botId,
    (id) => visibleDataSource(store, id, integration),
  );
  return answer(backend, database, request);
}

/** The body of an older request, with the properties where they belong since version 2025-09-03. */
function inNewForm({ version, body }: ApiRequest): JsonObject {
  if (hasDataSources(version) || body.properties === undefined) return body;
  const { properties, ...rest } = body;
  return { ...rest, initial_data_source: { properties } };
}

function update(backend: Backend, request: ApiRequest): UpdateDatabaseResponse {
  const { store } = backend;
  const { integration } = request;
  const database = requireDatabase(store, idIn(request, 'database_id'), integration);
  const isOld = !hasDataSources(request.version);
  const body = object(request.body, 'body', [...UPDATE_KEYS, ...(isOld ? ['properties'] : [])]);
  if (body.parent !== undefined) throw notSupported('moving a database');
  const trashed = body.in_trash ?? body.archived;
  if (database.trashed && trashed !== false) throw inTrash();
  const rules = rulesFor(backend, integration);
  const changed: Database = {
    ...database,
    ...(body.title === undefined ? {} : { title: acceptRichText(body.title, 'body.title', rules) }),
    ...(body.description === undefined
      ? {}
      : { description: acceptRichText(body.description, 'body.description', rules) }),
    ...(body.is_inline === undefined ? {} : { inline: flag(body.is_inline, 'body.is_inline') }),
    ...(body.is_locked === undefined ? {} : { locked: flag(body.is_locked, 'body.is_locked') }),
    ...(body.icon === undefined ? {} : { icon: acceptIcon(body.icon, 'body.icon', rules) }),
    ...(body.cover === undefined ? {} : { cover: acceptCover(body.cover, 'body.cover', rules) }),
    ...(trashed === undefined ? {} : { trashed: flag(trashed, 'body.in_trash') }),
    editedAt: store.clock.now(),
    editedBy: integration.botId,
  };
  const schema = body.properties === undefined ? [] : changeSchema(backend, changed, body.properties, integration);
  store.commit({ table: 'database', row: changed }, ...schema);
  return answer(backend, changed, request);
}

function changeSchema({ store }: Backend, { id }: Database, properties: unknown, integration: Integration): Put[] {
  const change = new SchemaChange(store, (other) => visibleDataSource(store, other, integration));
  const source = onlySource(store, id, integration);
  change.begin({ ...source, editedAt: store.clock.now(), editedBy: integration.botId });
  change.obey(source.id, object(properties, 'body.properties'), 'body.properties');
  return change.puts();
}

function answer({ store }: Backend, database: Database, { integration, version }: ApiRequest): GetDatabaseResponse {
  if (!integration.capabilities.read) return { object: 'database', id: database.id };
  const shown = renderDatabase(database, store, integration);
  if (hasDataSources(version)) return shown;
  const source = onlySource(store, database.id, integration);
  return { ...asOldDatabase(renderDataSource(source, store, integration)), ...withoutSources(shown) };
}

const withoutSources = ({ data_sources: _, ...rest }: DatabaseObjectResponse): DatabaseObjectResponse =>
  rest as DatabaseObjectResponse; // the client's types are of a newer version
