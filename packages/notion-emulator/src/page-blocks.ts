import type { BlockObjectResponse } from '@notionhq/client';
import { renderBlockObject } from './blocks/objects.ts';
import { shownBlocks } from './bodies.ts';
import type { Page } from './model.ts';
import { changePage } from './pages.ts';
import { objectContext } from './places.ts';
import { renderParent } from './render.ts';
import type { Store } from './store.ts';
import { pageInTrash, type Viewer } from './visibility.ts';

/** A page as the block that its parent contains. */
export function pageBlock(store: Store, page: Page, viewer: Viewer): BlockObjectResponse {
  const block = renderBlockObject({ id: page.id, type: 'child_page' }, objectContext(store, page, null, viewer));
  const answer = {
    ...block,
    parent: renderParent(page, store),
    has_children: shownBlocks(store, store.body(page.id).blocks).length > 0,
    in_trash: pageInTrash(store, page),
    archived: pageInTrash(store, page),
  };
  return answer as BlockObjectResponse; // the parent of a page in a data source is not in the client's type for blocks
}

export const trashPage = (store: Store, page: Page, by: string, trashed = true): Page =>
  changePage(store, page, null, { trashed }, by);

export function trashDatabase(store: Store, id: string, by: string): void {
  const database = store.databases.get(id);
  if (!database) return;
  const stamps = { editedAt: store.clock.now(), editedBy: by };
  store.commit({ table: 'database', row: { ...database, ...stamps, trashed: true } });
}
