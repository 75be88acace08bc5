import type {
  AppendBlockChildrenResponse,
  DeleteBlockResponse,
  GetBlockResponse,
  ListBlockChildrenResponse,
  UpdateBlockResponse,
} from '@notionhq/client';
import { inTrash, notFound, notModelled } from '../api-error.ts';
import {
  type Block,
  childrenOf,
  everyBlock,
  findBlock,
  isTextBlock,
  replaceBlock,
  withChildren,
} from '../blocks/model.ts';
import { acceptBlocks, acceptText, renderBlockObject, rowObjects } from '../blocks/objects.ts';
import { childTitle, keepBlocks, shownBlocks, signing } from '../bodies.ts';
import { fromCursor, requestMark, toCursor } from '../cursors.ts';
import { choice, flag, object, pageSize, refuse, uuid } from '../expect.ts';
import type { Integration, Page } from '../model.ts';
import type { TextRules } from '../rich-text.ts';
import type { ApiRequest, Route } from '../router.ts';
import { isVisible, mentionablesOf, pageInTrash, requirePage } from '../visibility.ts';
import { type Backend, idIn } from './shared.ts';

export const blockRoutes = (backend: Backend, newId: () => string): Route[] => [
  {
    kind: 'block',
    method: 'GET',
    path: 'blocks/:block_id',
    needs: 'read',
    handle: (request): GetBlockResponse => {
      const { page, block, blocks } = placeOf(backend, request);
      if (!block) throw notModelled("A page's own block");
      return renderBlockObject(block, objectContext(backend, page, parentIn(blocks, block.id), request.integration));
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
    handle: (request): AppendBlockChildrenResponse => append(backend, request, newId),
  },
  {
    kind: 'update_block',
    method: 'PATCH',
    path: 'blocks/:block_id',
    needs: 'update',
    writes: true,
    handle: (request): UpdateBlockResponse => update(backend, request, newId),
  },
  {
    kind: 'delete_block',
    method: 'DELETE',
    path: 'blocks/:block_id',
    needs: 'update',
    writes: true,
    handle: (request): DeleteBlockResponse => remove(backend, request, newId),
  },
];

interface Place {
  readonly page: Page;
  /** The whole body. */
  readonly blocks: readonly Block[];
  /** Null for the page itself. */
  readonly block: Block | null;
}

/** Finds the block in the path. A page is the block that contains its body. */
function placeOf({ store }: Backend, request: ApiRequest): Place {
  const id = idIn(request, 'block_id');
  const { integration } = request;
  const named = store.page(id);
  if (named && isVisible(store, named, integration)) {
    return { page: named, blocks: shownBlocks(store, store.body(id).blocks), block: null };
  }
  for (const { pageId, blocks } of store.bodies()) {
    const shown = shownBlocks(store, blocks);
    const block = findBlock(shown, id);
    if (block) return { page: requirePage(store, pageId, integration), blocks: shown, block };
  }
  throw notFound('block', id);
}

const parentIn = (blocks: readonly Block[], id: string): string | null =>
  [...everyBlock(blocks)].find((block) => childrenOf(block).some((child) => child.id === id))?.id ?? null;

const objectContext = ({ store }: Backend, page: Page, parentBlockId: string | null, viewer: Integration) => ({
  page,
  parentBlockId,
  mentionables: mentionablesOf(store, viewer),
  trashed: pageInTrash(store, page),
  childTitle: (block: Block) => childTitle(store, block, viewer) ?? '',
  signed: signing(store),
});

/** Lists children without child pages that are not shared. */
function listChildren(backend: Backend, request: ApiRequest): ListBlockChildrenResponse {
  const { page, blocks, block } = placeOf(backend, request);
  const { integration, query } = request;
  const context = objectContext(backend, page, block?.id ?? null, integration);
  const shared = (child: Block): boolean =>
    (child.type !== 'child_page' && child.type !== 'child_database') ||
    childTitle(backend.store, child, integration) !== null;
  const all =
    block?.type === 'table'
      ? rowObjects(block, context)
      : (block ? childrenOf(block) : blocks).filter(shared).map((child) => renderBlockObject(child, context));
  const size = pageSize(query.get('page_size') ?? undefined, 'query.page_size', backend.settings().pageSizeCap);
  const mark = requestMark('blocks', block?.id ?? page.id);
  const { served } = fromCursor(query.get('start_cursor'), mark);
  const results = all.slice(served, served + size);
  const more = served + results.length < all.length;
  const next_cursor = more ? toCursor(mark, { served: served + results.length }) : null;
  return { object: 'list', type: 'block', block: {}, results, next_cursor, has_more: more };
}

function append(backend: Backend, request: ApiRequest, newId: () => string): AppendBlockChildrenResponse {
  const { page, blocks, block } = editable(backend, request);
  const { integration } = request;
  const body = object(request.body, 'body', ['children', 'after', 'position']);
  const fresh = acceptBlocks(body.children, 'body.children', rulesFor(backend, integration), newId);
  if (block && !('children' in block)) throw refuse('body.children', 'not present', body.children);
  const siblings = block ? childrenOf(block) : blocks;
  const index = insertionIn(siblings, body.after, body.position);
  const grown = [...siblings.slice(0, index), ...fresh, ...siblings.slice(index)];
  const kept = block ? replaceBlock(blocks, block.id, [withChildren(block, grown)]) : grown;
  keepBlocks(writerFor(backend, integration, newId), page, kept, false);
  const context = objectContext(backend, page, block?.id ?? null, integration);
  const results = fresh.map((child) => renderBlockObject(child, context));
  return { object: 'list', type: 'block', block: {}, results, next_cursor: null, has_more: false };
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

function update(backend: Backend, request: ApiRequest, newId: () => string): UpdateBlockResponse {
  const { in_trash, archived, type, ...content } = request.body;
  const trashed = in_trash ?? archived;
  if (trashed !== undefined && flag(trashed, 'body.in_trash')) return remove(backend, request, newId);
  const { page, blocks, block } = editable(backend, request);
  if (!block || !isTextBlock(block)) throw notModelled('Editing a block that is not text');
  if (type !== undefined) choice(type, 'body.type', [block.type]);
  object(content, 'body', [block.type]);
  const { integration } = request;
  const rules = rulesFor(backend, integration);
  const written = content[block.type];
  const changed = written === undefined ? block : acceptText(block, written, `body.${block.type}`, rules);
  const kept = replaceBlock(blocks, block.id, [changed]);
  keepBlocks(writerFor(backend, integration, newId), page, kept, false);
  return renderBlockObject(changed, objectContext(backend, page, parentIn(blocks, block.id), integration));
}

/** Moves a block to the trash. The emulator can restore pages only. */
function remove(backend: Backend, request: ApiRequest, newId: () => string): DeleteBlockResponse {
  const { page, blocks, block } = editable(backend, request);
  if (!block) throw notModelled('Deleting a page as a block');
  const { integration } = request;
  keepBlocks(writerFor(backend, integration, newId), page, replaceBlock(blocks, block.id, []), true);
  const context = objectContext(backend, page, parentIn(blocks, block.id), integration);
  return renderBlockObject(block, { ...context, trashed: true });
}

function editable(backend: Backend, request: ApiRequest): Place {
  const place = placeOf(backend, request);
  if (pageInTrash(backend.store, place.page)) throw inTrash();
  return place;
}

const rulesFor = (backend: Backend, integration: Integration): TextRules => ({
  limited: true,
  dateGrain: backend.settings().dateGrain,
  mentionables: mentionablesOf(backend.store, integration),
});

const writerFor = ({ store, settings }: Backend, viewer: Integration, newId: () => string) => ({
  store,
  settings: settings(),
  newId,
  viewer,
  userId: viewer.botId,
});
