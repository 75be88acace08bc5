import type {
  AppendBlockChildrenResponse,
  DeleteBlockResponse,
  GetBlockResponse,
  ListBlockChildrenResponse,
  UpdateBlockResponse,
} from '@notionhq/client';
import { inTrash, notSupported } from '../api-error.ts';
import { acceptBlocks, acceptContent } from '../blocks/accept.ts';
import { type Block, childrenOf, findBlock, replaceBlock, withChildren } from '../blocks/model.ts';
import { renderBlockObject } from '../blocks/objects.ts';
import { childTitle, keepBlocks, shownBlocks } from '../bodies.ts';
import { choice, flag, object, refuse, uuid } from '../expect.ts';
import type { Integration, Page } from '../model.ts';
import { pageBlock, trashDatabase, trashPage } from '../page-blocks.ts';
import { paginatedById } from '../pagination.ts';
import { contentOf, objectContext, type Place, parentIn, placeOf } from '../places.ts';
import type { ApiRequest, Route } from '../router.ts';
import { pageInTrash } from '../visibility.ts';
import { type Backend, bodyWriterFor, idIn, rulesFor } from './shared.ts';

export const blockRoutes = (backend: Backend): Route[] => [
  {
    kind: 'block',
    method: 'GET',
    path: 'blocks/:block_id',
    needs: 'read',
    handle: (request): GetBlockResponse => {
      const place = placeIn(backend, request);
      return place.block ? shown(backend, place, place.block, request.integration) : own(backend, place.page, request);
    },
  },
  {
    kind: 'block_children',
    method: 'GET',
    path: 'blocks/:block_id/children',
    needs: 'read',
    queryKeys: ['start_cursor', 'page_size'],
    handle: (request): ListBlockChildrenResponse => listChildren(backend, request),
  },
  {
    kind: 'append_blocks',
    method: 'PATCH',
    path: 'blocks/:block_id/children',
    needs: 'insert',
    writes: true,
    handle: (request): AppendBlockChildrenResponse => append(backend, request),
  },
  {
    kind: 'update_block',
    method: 'PATCH',
    path: 'blocks/:block_id',
    needs: 'update',
    writes: true,
    handle: (request): UpdateBlockResponse => update(backend, request),
  },
  {
    kind: 'delete_block',
    method: 'DELETE',
    path: 'blocks/:block_id',
    needs: 'update',
    writes: true,
    handle: (request): DeleteBlockResponse => remove(backend, request),
  },
];

const placeIn = ({ store }: Backend, request: ApiRequest): Place =>
  placeOf(store, idIn(request, 'block_id'), request.integration);

const own = ({ store }: Backend, page: Page, { integration }: ApiRequest): GetBlockResponse =>
  pageBlock(store, page, integration);

function shown({ store }: Backend, { page, blocks, deleted }: Place, block: Block, viewer: Integration) {
  const parent = deleted ? (parentIn([deleted.block], block.id) ?? deleted.parentId) : parentIn(blocks, block.id);
  const context = objectContext(store, page, parent, viewer);
  return renderBlockObject(block, deleted ? { ...context, trashed: true } : context);
}

/** Lists children without child pages that are not shared. */
function listChildren(backend: Backend, request: ApiRequest): ListBlockChildrenResponse {
  const { store } = backend;
  const { page, blocks, block } = placeIn(backend, request);
  const { integration, query } = request;
  const context = objectContext(store, page, block?.id ?? null, integration);
  const isShared = (child: Block): boolean =>
    (child.type !== 'child_page' && child.type !== 'child_database') || childTitle(store, child, integration) !== null;
  const all = (block ? contentOf(store, block) : blocks).filter(isShared);
  const { results, ...more } = paginatedById(all, query, backend.settings());
  const objects = results.map((child) => renderBlockObject(child, context));
  return { object: 'list', results: objects, ...more, type: 'block', block: {} };
}

function append(backend: Backend, request: ApiRequest): AppendBlockChildrenResponse {
  const { page, blocks, block } = editable(backend, request);
  const { integration } = request;
  const body = object(request.body, 'body', ['children', 'after', 'position']);
  const fresh = acceptBlocks(body.children, 'body.children', rulesFor(backend, integration));
  if (block && !takes(block, fresh)) throw refuse('body.children', 'not present', body.children);
  const siblings = block ? childrenOf(block) : blocks;
  const index = insertionIn(siblings, body.after, body.position);
  const grown = [...siblings.slice(0, index), ...fresh, ...siblings.slice(index)];
  const kept = block ? replaceBlock(blocks, block.id, [withChildren(block, grown)]) : grown;
  keepBlocks(bodyWriterFor(backend, integration), page, kept, false);
  const context = objectContext(backend.store, page, block?.id ?? null, integration);
  const results = fresh.map((child) => renderBlockObject(child, context));
  return { object: 'list', results, next_cursor: null, has_more: false, type: 'block', block: {} };
}

/** A table takes rows only, and a list of columns takes columns only. */
function takes(block: Block, fresh: readonly Block[]): boolean {
  if (!('children' in block)) return false;
  const only = { table: 'table_row', column_list: 'column' }[block.type as string];
  return fresh.every(({ type }) => (only === undefined ? type !== 'table_row' && type !== 'column' : type === only));
}

function insertionIn(siblings: readonly Block[], after: unknown, position: unknown): number {
  if (after !== undefined) return 1 + indexOf(siblings, after, 'body.after');
  if (position === undefined) return siblings.length;
  const given = object(position, 'body.position', ['type', 'after_block']);
  const type = choice(given.type, 'body.position.type', ['start', 'end', 'after_block']);
  if (type !== 'after_block') return type === 'start' ? 0 : siblings.length;
  const { id } = object(given.after_block, 'body.position.after_block', ['id']);
  return 1 + indexOf(siblings, id, 'body.position.after_block.id');
}

function indexOf(siblings: readonly Block[], value: unknown, path: string): number {
  const id = uuid(value, path);
  const index = siblings.findIndex((sibling) => sibling.id === id);
  if (index < 0) throw refuse(path, 'a child of the block', value);
  return index;
}

function update(backend: Backend, request: ApiRequest): UpdateBlockResponse {
  const { in_trash, archived, type, ...content } = request.body;
  const [name, given] = in_trash === undefined ? ['archived', archived] : ['in_trash', in_trash];
  const trashed = given === undefined ? undefined : flag(given, `body.${name}`);
  if (trashed) return remove(backend, request);
  if (trashed === false) restore(backend, request);
  const { page, blocks, block, ...rest } = editable(backend, request);
  const { integration } = request;
  if (!block) {
    if (Object.keys(content).length > 0) throw notSupported('editing a page as a block');
    return own(backend, page, request);
  }
  if (type !== undefined) choice(type, 'body.type', [block.type]);
  const { [block.type]: written } = object(content, 'body', [block.type]);
  if (written === undefined) return shown(backend, { page, blocks, block, ...rest }, block, integration);
  const rules = rulesFor(backend, integration);
  const changed = acceptContent(block, written, { path: `body.${block.type}`, rules, depth: 1, isNew: false });
  const kept = replaceBlock(blocks, block.id, [changed]);
  keepBlocks(bodyWriterFor(backend, integration), page, kept, false);
  return shown(backend, { page, blocks: kept, block: changed }, changed, integration);
}

/** Moves a block, a page or a database to the trash. */
function remove(backend: Backend, request: ApiRequest): DeleteBlockResponse {
  const { store } = backend;
  const { integration } = request;
  const { page, blocks, block, deleted } = placeIn(backend, request);
  if (deleted || pageInTrash(store, page)) throw inTrash();
  if (!block) return pageBlock(store, trashPage(store, page, integration.botId), integration);
  const context = { ...objectContext(store, page, parentIn(blocks, block.id), integration), trashed: true };
  if (block.type === 'child_database') trashDatabase(store, block.id, integration.botId);
  else keepBlocks(bodyWriterFor(backend, integration), page, replaceBlock(blocks, block.id, []), true, true);
  return renderBlockObject(block, context);
}

/** Puts a deleted block or page back where it was. */
function restore(backend: Backend, request: ApiRequest): void {
  const { store } = backend;
  const { integration } = request;
  const { page, deleted, block } = placeIn(backend, request);
  if (!block && page.trashed) {
    trashPage(store, page, integration.botId, false);
    return;
  }
  if (!deleted) return;
  if (pageInTrash(store, page)) throw inTrash();
  const blocks = shownBlocks(store, store.body(page.id).blocks);
  const parent = deleted.parentId === null ? undefined : findBlock(blocks, deleted.parentId);
  const siblings = parent ? childrenOf(parent) : blocks;
  const grown = [...siblings.slice(0, deleted.index), deleted.block, ...siblings.slice(deleted.index)];
  const kept = parent ? replaceBlock(blocks, parent.id, [withChildren(parent, grown)]) : grown;
  keepBlocks(bodyWriterFor(backend, integration), page, kept, true);
}

function editable(backend: Backend, request: ApiRequest): Place {
  const place = placeIn(backend, request);
  if (place.deleted || pageInTrash(backend.store, place.page)) throw inTrash();
  return place;
}
