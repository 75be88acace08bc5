import type { CreatePageResponse } from '@notionhq/client';
import { inTrash, invalid, NotionError, notSupported } from '../api-error.ts';
import type { AsyncTask } from '../async-tasks.ts';
import { acceptBlocks } from '../blocks/accept.ts';
import type { Block } from '../blocks/model.ts';
import { bodyPuts, newBlocks, shownBlocks } from '../bodies.ts';
import { choice, flag, type JsonObject, object, refuse, text, uuid } from '../expect.ts';
import { acceptCover, acceptIcon } from '../files.ts';
import type { Put } from '../journal.ts';
import type { DataSource, Integration, Page } from '../model.ts';
import { acceptProperties, createPage, type PropertyWrites } from '../pages.ts';
import { renderPage } from '../render.ts';
import type { ApiRequest } from '../router.ts';
import { acceptTemplate, applyTemplate } from '../templates.ts';
import { dataSourceInTrash, pageInTrash, requireDatabase, requireDataSource, requirePage } from '../visibility.ts';
import { type Backend, bodyWriterFor, chosenProperties, renderingFor, rulesFor } from './shared.ts';

const KEYS = [
  'parent',
  'properties',
  'icon',
  'cover',
  'children',
  'content',
  'markdown',
  'template',
  'position',
  'allow_async',
];

const BODY_KEYS = ['children', 'content', 'markdown'] as const;

/** Where a page is: a data source, or another page. */
export type PageParent = { readonly source: DataSource } | { readonly page: Page };

export function createFromRequest(backend: Backend, request: ApiRequest): CreatePageResponse | AsyncTask {
  const { store } = backend;
  const { body, integration } = request;
  object(body, 'body', KEYS);
  const parent = acceptParent(backend, body.parent, 'body.parent', integration);
  const rules = rulesFor(backend, integration);
  const source = 'source' in parent ? parent.source : null;
  const only = chosenProperties(request, source ?? undefined);
  const writer = bodyWriterFor(backend, integration);
  const writes = acceptProperties(store, source, body.properties ?? {}, writer, rules.uploadedFile);
  const template = acceptTemplate(store, source, body.template, integration, ['none', 'default', 'template_id']);
  if (template && BODY_KEYS.some((key) => body[key] !== undefined))
    throw invalid('body failed validation: a template cannot be used together with children, content or markdown.');
  const written = acceptBody(backend, body, integration, writes);
  const fresh = {
    id: backend.newId(),
    icon: body.icon === undefined ? null : acceptIcon(body.icon, 'body.icon', rules),
    cover: body.cover === undefined ? null : acceptCover(body.cover, 'body.cover', rules),
    ...('page' in parent ? { parentPageId: parent.page.id } : {}),
  };
  const along = [...bodyPuts(fresh.id, written.blocks), ...asBlock(backend, parent, fresh.id, body.position)];
  const page = createPage(store, written.writes, fresh, integration.botId, along);
  const shown = partly(integration, page, () => renderPage(page, { ...renderingFor(backend, integration), ...only }));
  const grown = source && store.dataSources.get(source.id);
  if (template && grown) applyTemplate(writer, template, grown, page);
  const isAsync = body.allow_async !== undefined && flag(body.allow_async, 'body.allow_async');
  return isAsync ? backend.tasks.finish('POST /v1/pages', shown) : shown;
}

function acceptBody(
  backend: Backend,
  body: JsonObject,
  integration: Integration,
  writes: PropertyWrites,
): { writes: PropertyWrites; blocks: Block[] } {
  const given = BODY_KEYS.filter((key) => body[key] !== undefined);
  if (given.length > 1) throw invalid(`body failed validation: ${given.join(' and ')} cannot be used together.`);
  const [kind] = given;
  if (kind === undefined) return { writes, blocks: [] };
  if (kind !== 'markdown') {
    return { writes, blocks: acceptBlocks(body[kind], `body.${kind}`, rulesFor(backend, integration)) };
  }
  const markdown = text(body.markdown, 'body.markdown');
  return withTitle(writes, newBlocks(bodyWriterFor(backend, integration), markdown));
}

/** Without a title property, the first heading 1 of the Markdown becomes the title and is removed from the body. */
function withTitle(writes: PropertyWrites, blocks: Block[]): { writes: PropertyWrites; blocks: Block[] } {
  const heading = blocks.find((block) => block.type === 'heading_1');
  if ('title' in writes.values || heading?.type !== 'heading_1') return { writes, blocks };
  const values = { ...writes.values, title: { type: 'title', runs: heading.runs } as const };
  return { writes: { ...writes, values }, blocks: blocks.filter((block) => block !== heading) };
}

/** A page inside another page is a block of that page. */
export function asBlock({ store }: Backend, parent: PageParent, id: string, position: unknown): Put[] {
  if (!('page' in parent)) return [];
  const body = store.body(parent.page.id);
  const index = insertion(shownBlocks(store, body.blocks), position);
  const blocks = [...body.blocks.slice(0, index), { id, type: 'child_page' as const }, ...body.blocks.slice(index)];
  return [{ table: 'body', row: { ...body, blocks } }];
}

function insertion(siblings: readonly Block[], position: unknown): number {
  if (position === undefined) return siblings.length;
  const given = object(position, 'body.position', ['type', 'after_block']);
  const type = choice(given.type, 'body.position.type', ['page_start', 'page_end', 'after_block']);
  if (type !== 'after_block') return type === 'page_start' ? 0 : siblings.length;
  const at = 'body.position.after_block.id';
  const id = uuid(object(given.after_block, 'body.position.after_block', ['id']).id, at);
  const index = siblings.findIndex((sibling) => sibling.id === id);
  if (index < 0) throw refuse(at, 'a child of the page', id);
  return index + 1;
}

/** @throws NotionError when the parent is missing, not shared, in the trash, or has several data sources */
export function acceptParent({ store }: Backend, value: unknown, path: string, viewer: Integration): PageParent {
  const parent = object(value, path, ['type', 'data_source_id', 'database_id', 'page_id', 'workspace']);
  const kinds = Object.keys(parent).filter((key) => key !== 'type');
  const kind = typeof parent.type === 'string' && parent.type in parent ? parent.type : kinds[0];
  if (kind === undefined) throw refuse(`${path}.page_id`, 'defined', undefined);
  if (parent.type !== undefined && parent.type !== kind) throw refuse(`${path}.type`, `\`"${kind}"\``, parent.type);
  const at = `${path}.${kind}`;
  if (kind === 'workspace') throw notSupported('a top-level page, created by an internal integration');
  const id = uuid(parent[kind], at);
  if (kind === 'page_id') {
    const page = requirePage(store, id, viewer);
    if (pageInTrash(store, page)) throw inTrash();
    return { page };
  }
  const source = kind === 'database_id' ? onlySource(store, id, viewer) : requireDataSource(store, id, viewer);
  if (dataSourceInTrash(store, source)) throw inTrash();
  return { source };
}

/** @throws NotionError 400 for a database with several data sources */
export function onlySource(store: Backend['store'], databaseId: string, viewer: Integration): DataSource {
  const database = requireDatabase(store, databaseId, viewer);
  const live = database.dataSourceIds.filter((id) => store.dataSources.get(id)?.trashed === false);
  const [only = database.dataSourceIds[0], ...others] = live;
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

/** Integrations that can write but not read get the id only. */
export const partly = <T>(integration: Integration, page: Page, whole: () => T): T | { object: 'page'; id: string } =>
  integration.capabilities.read ? whole() : { object: 'page', id: page.id };
