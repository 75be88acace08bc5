import { type Signer, signing } from './hosted-files.ts';
import type { PageView } from './model.ts';
import type { Mentionables } from './rich-text.ts';
import type { Store } from './store.ts';
import { isVisible, mentionablesOf, pageInTrash, type Viewer } from './visibility.ts';

export interface Rendering {
  readonly store: Store;
  readonly viewer: Viewer;
  readonly mentionables: Mentionables;
  /** Signs the address of an uploaded file. */
  readonly signed: Signer;
  /** The current pages, or those of an index that lags behind. */
  readonly view: PageView;
  /** Without limits, for tests and the web page. */
  readonly whole?: boolean;
  /** Ids of the properties to include; all when omitted. */
  readonly only?: ReadonlySet<string>;
}

/** @param view the store itself, or an older version of it */
export const renderingOf = (store: Store, viewer: Viewer, view: PageView = store): Rendering => ({
  store,
  viewer,
  view,
  mentionables: mentionablesOf(store, viewer),
  signed: signing(store),
});

/** The related pages without those that are in the trash or not shared with the viewer. */
export const readableRelation = (ids: readonly string[], { store, view, viewer }: Rendering): string[] =>
  ids.filter((id) => {
    const page = view.page(id);
    return page !== undefined && !pageInTrash(store, page) && isVisible(store, page, viewer);
  });
