import type { CreateDatabaseResponse, GetDatabaseResponse, UpdateDatabaseResponse } from '@notionhq/client';
import { inTrash, notModelled } from '../api-error.ts';
import { addDatabase } from '../databases.ts';
import { choice, flag, object, uuid } from '../expect.ts';
import type { Database, Integration } from '../model.ts';
import { renderDatabase } from '../render.ts';
import { acceptRichText, type TextRules } from '../rich-text.ts';
import type { ApiRequest, Route } from '../router.ts';
import { mentionablesOf, requireDatabase, requirePage, visibleDataSource } from '../visibility.ts';
import { acceptCover, acceptIcon, type Backend, idIn } from './shared.ts';

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

export const databaseRoutes = (backend: Backend, newId: () => string): Route[] => [
  {
    kind: 'create_database',
    method: 'POST',
    path: 'databases',
    needs: 'insert',
    writes: true,
    handle: (request) => create(backend, request, newId),
  },
  {
    kind: 'database',
    method: 'GET',
    path: 'databases/:database_id',
    needs: 'read',
    handle: (request): GetDatabaseResponse => {
      const database = requireDatabase(backend.store, idIn(request, 'database_id'), request.integration);
      return renderDatabase(database, backend.store, request.integration);
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

function create(backend: Backend, { body, integration }: ApiRequest, newId: () => string): CreateDatabaseResponse {
  const { store } = backend;
  object(body, 'body', ['parent', 'title', 'description', 'is_inline', 'initial_data_source', 'icon', 'cover']);
  const parent = object(body.parent, 'body.parent', ['type', 'page_id', 'workspace']);
  choice(parent.type, 'body.parent.type', ['page_id', 'workspace']);
  if (parent.type === 'workspace') throw notModelled('A top-level database, created by an internal integration');
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
      icon: body.icon === undefined ? null : acceptIcon(body.icon, 'body.icon'),
      cover: body.cover === undefined ? null : acceptCover(body.cover, 'body.cover'),
      properties: object(initial.properties ?? {}, 'body.initial_data_source.properties'),
    },
    integration.botId,
    (id) => visibleDataSource(store, id, integration),
  );
  return answer(backend, database, integration);
}

function update(backend: Backend, request: ApiRequest): UpdateDatabaseResponse {
  const { store } = backend;
  const { integration } = request;
  const database = requireDatabase(store, idIn(request, 'database_id'), integration);
  const body = object(request.body, 'body', UPDATE_KEYS);
  if (body.parent !== undefined) throw notModelled('Moving a database');
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
    ...(body.icon === undefined ? {} : { icon: acceptIcon(body.icon, 'body.icon') }),
    ...(body.cover === undefined ? {} : { cover: acceptCover(body.cover, 'body.cover') }),
    ...(trashed === undefined ? {} : { trashed: flag(trashed, 'body.in_trash') }),
    editedAt: store.clock.now(),
    editedBy: integration.botId,
  };
  store.commit({ table: 'database', row: changed });
  return answer(backend, changed, integration);
}

const rulesFor = (backend: Backend, integration: Integration): TextRules => ({
  limited: true,
  dateGrain: backend.settings().dateGrain,
  mentionables: mentionablesOf(backend.store, integration),
});

const answer = (backend: Backend, database: Database, integration: Integration): GetDatabaseResponse =>
  integration.capabilities.read
    ? renderDatabase(database, backend.store, integration)
    : { object: 'database', id: database.id };
