import { inTrash, notFound } from './api-error.ts';
import type { Database, DataSource, Integration, Page } from './model.ts';
import type { Mentionables } from './rich-text.ts';
import type { Store } from './store.ts';

/** An integration sees what is shared with it; null sees everything. */
export type Viewer = Pick<Integration, 'botId'> | null;

const hidden = (row: { hiddenFrom: readonly string[] }, viewer: Viewer): boolean =>
  viewer !== null && row.hiddenFrom.includes(viewer.botId);

const visibleDatabase = (store: Store, id: string, viewer: Viewer): Database | undefined => {
  const database = store.databases.get(id);
  return database && !hidden(database, viewer) ? database : undefined;
};

export function visibleDataSource(store: Store, id: string, viewer: Viewer): DataSource | undefined {
  const source = store.dataSources.get(id);
  return source && visibleDatabase(store, source.databaseId, viewer) ? source : undefined;
}

export function isVisible(store: Store, page: Page, viewer: Viewer): boolean {
  if (hidden(page, viewer)) return false;
  const parent = parentOf(store, page);
  if (parent) return isVisible(store, parent, viewer);
  return page.dataSourceId === null || visibleDataSource(store, page.dataSourceId, viewer) !== undefined;
}

/** @throws NotionError 404 when it does not exist or is not shared */
export function requireDatabase(store: Store, id: string, viewer: Viewer): Database {
  const database = visibleDatabase(store, id, viewer);
  if (!database) throw notFound('database', id);
  return database;
}

/** @throws NotionError 404 when it does not exist or is not shared */
export function requireDataSource(store: Store, id: string, viewer: Viewer): DataSource {
  const source = visibleDataSource(store, id, viewer);
  if (!source) throw notFound('data_source', id);
  return source;
}

/** @throws NotionError 404 when it does not exist or is not shared */
export function requirePage(store: Store, id: string, viewer: Viewer): Page {
  const page = store.page(id);
  if (!page || !isVisible(store, page, viewer)) throw notFound('page', id);
  return page;
}

/** A data source is in the trash when it or its database is trashed. */
export const dataSourceInTrash = (store: Store, source: DataSource): boolean =>
  source.trashed || (store.databases.get(source.databaseId)?.trashed ?? false);

/** The page that contains a page. */
const parentOf = (store: Store, page: Page): Page | undefined =>
  page.parentPageId === undefined ? undefined : store.page(page.parentPageId);

export function pageInTrash(store: Store, page: Page): boolean {
  const parent = parentOf(store, page);
  if (parent && pageInTrash(store, parent)) return true;
  const source = page.dataSourceId === null ? undefined : store.dataSources.get(page.dataSourceId);
  return page.trashed || (source !== undefined && dataSourceInTrash(store, source));
}

/** @throws NotionError 400 when the data source is in the trash */
export function requireOutOfTrash(store: Store, source: DataSource): void {
  if (dataSourceInTrash(store, source)) throw inTrash();
}

/** What this viewer can mention and read. */
export function mentionablesOf(store: Store, viewer: Viewer): Mentionables {
  return {
    user: (id) => store.users.get(id),
    page: (id) => {
      const page = store.page(id);
      return page && isVisible(store, page, viewer) ? page : undefined;
    },
    database: (id) => visibleDatabase(store, id, viewer),
  };
}
