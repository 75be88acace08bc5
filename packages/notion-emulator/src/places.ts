import { notFound } from './api-error.ts';
import { type Block, childrenOf, everyBlock, findBlock } from './blocks/model.ts';
import type { ObjectContext } from './blocks/objects.ts';
import { childTitle, shownBlocks } from './bodies.ts';
import { signing } from './hosted-files.ts';
import type { DeletedBlock, Page } from './model.ts';
import type { Store } from './store.ts';
import { isVisible, mentionablesOf, pageInTrash, requirePage, type Viewer } from './visibility.ts';

/** Where a block is. A page is the block that contains its body. */
export interface Place {
  readonly page: Page;
  /** The whole body. */
  readonly blocks: readonly Block[];
  /** Null for the page itself. */
  readonly block: Block | null;
  /** For a deleted block. */
  readonly deleted?: DeletedBlock;
}

/** @throws NotionError 404 when there is none, or its page is not shared */
export function placeOf(store: Store, id: string, viewer: Viewer): Place {
  const named = store.page(id);
  if (named && isVisible(store, named, viewer)) {
    return { page: named, blocks: shownBlocks(store, store.body(id).blocks), block: null };
  }
  for (const { pageId, blocks, deleted = [] } of store.bodies()) {
    const shown = shownBlocks(store, blocks);
    const block = findBlock(shown, id);
    const gone = deleted.find((each) => findBlock([each.block], id));
    if (!block && !gone) continue;
    const page = store.page(pageId);
    if (!page || !isVisible(store, page, viewer)) break;
    if (block) return { page: requirePage(store, pageId, viewer), blocks: shown, block };
    if (gone) return { page, blocks: shown, block: findBlock([gone.block], id) ?? gone.block, deleted: gone };
  }
  throw notFound('block', id);
}

export const parentIn = (blocks: readonly Block[], id: string): string | null =>
  [...everyBlock(blocks)].find((block) => childrenOf(block).some((child) => child.id === id))?.id ?? null;

/** What is needed to show the blocks inside a page or a block. */
export const objectContext = (
  store: Store,
  page: Page,
  parentBlockId: string | null,
  viewer: Viewer,
): ObjectContext => ({
  page,
  parentBlockId,
  mentionables: mentionablesOf(store, viewer),
  trashed: pageInTrash(store, page),
  childTitle: (block) => childTitle(store, block, viewer) ?? '',
  childrenOf: (block) => contentOf(store, block),
  hasBody: (id) => shownBlocks(store, store.body(id).blocks).length > 0,
  signed: signing(store),
});

/** The children of a block. A copy of a synced block has those of its original. */
export function contentOf(store: Store, block: Block): readonly Block[] {
  if (block.type !== 'synced_block' || block.from === undefined) return childrenOf(block);
  for (const { blocks } of store.bodies()) {
    const original = findBlock(shownBlocks(store, blocks), block.from);
    if (original) return childrenOf(original);
  }
  return [];
}
