import { findProperty } from './find-property.ts';
import { toUuid } from './ids.ts';
import type { Database, DataSource, Page, Property } from './model.ts';
import { renderPage } from './render.ts';
import { renderingOf } from './rendering.ts';
import { ownWords } from './rich-text.ts';
import type { Store } from './store.ts';
import { pageInTrash, requirePage } from './visibility.ts';
import type { ExactPage } from './workspace-types.ts';

/** @param id with or without dashes @throws NotionError 404 */
export const findPage = (store: Store, id: string): Page => requirePage(store, toUuid(id) ?? id, null);

/** @param reference the id of the database or its data source, or its title @throws Error when there is none */
export function findDataSource(store: Store, reference: string): DataSource {
  const id = toUuid(reference) ?? reference;
  for (const source of store.dataSources.values()) {
    if (source.id === id || source.databaseId === id || ownWords(source.title) === reference) return source;
  }
  throw new Error(`there is no database ${reference}`);
}

/** @param reference as for `findDataSource` */
export function findDatabase(store: Store, reference: string): Database {
  const database = store.databases.get(findDataSource(store, reference).databaseId);
  if (!database) throw new Error(`${reference} has no database`);
  return database;
}

/** @throws Error for a page that is not in a database */
export function sourceOfPage(store: Store, page: Page): DataSource {
  const source = page.dataSourceId === null ? undefined : store.dataSources.get(page.dataSourceId);
  if (!source) throw new Error(`page ${page.id} is not in a database`);
  return source;
}

/** @param key the property's id or name @throws Error when there is none */
export function requireProperty(source: DataSource, key: string): Property {
  const property = findProperty(source, key);
  if (!property) throw new Error(`${ownWords(source.title)} has no property ${key}`);
  return property;
}

export function titleOf(page: Page): string {
  const title = page.values.title;
  return title?.type === 'title' ? ownWords(title.runs) : '';
}

export function exactPage(store: Store, page: Page): ExactPage {
  const source = sourceOfPage(store, page);
  return {
    id: page.id,
    databaseId: source.databaseId,
    dataSourceId: source.id,
    title: titleOf(page),
    trashed: pageInTrash(store, page),
    createdAt: new Date(page.createdAt).toISOString(),
    editedAt: new Date(page.editedAt).toISOString(),
    createdBy: page.createdBy,
    editedBy: page.editedBy,
    page: renderPage(page, { ...renderingOf(store, null), whole: true }),
  };
}
