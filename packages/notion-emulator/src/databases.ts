import type { JsonObject } from './expect.ts';
import { titleProperty } from './find-property.ts';
import type { Put } from './journal.ts';
import type { Database, DataSource } from './model.ts';
import { SchemaChange } from './schema.ts';
import type { Store } from './store.ts';

type NewDatabase = Pick<Database, 'id' | 'parentPageId' | 'title' | 'description' | 'inline' | 'icon' | 'cover'> & {
  readonly dataSourceId: string;
  /** As in a create request: `{ Name: { title: {} }, … }`. */
  readonly properties: JsonObject;
};

/** Stores a new database with one data source, as the last block of its page. Adds the title property `Name` if there is none. */
export function addDatabase(
  store: Store,
  { dataSourceId, properties, ...fresh }: NewDatabase,
  by: string,
  visible?: (dataSourceId: string) => DataSource | undefined,
): Database {
  const now = store.clock.now();
  const stamps = { createdAt: now, editedAt: now, createdBy: by, editedBy: by, trashed: false };
  const database: Database = { ...fresh, ...stamps, locked: false, dataSourceIds: [dataSourceId], hiddenFrom: [] };
  const source = { id: dataSourceId, databaseId: fresh.id, title: fresh.title, ...stamps };
  const schema = newDataSource(store, source, properties, visible);
  store.commit({ table: 'database', row: database }, ...schema, ...asBlock(store, database));
  return database;
}

function asBlock(store: Store, { id, parentPageId }: Database): Put[] {
  if (parentPageId === null) return [];
  const body = store.body(parentPageId);
  return [{ table: 'body', row: { ...body, blocks: [...body.blocks, { id, type: 'child_database' }] } }];
}

/** What to store for a new data source. */
export function newDataSource(
  store: Store,
  source: Omit<DataSource, 'properties' | 'icon'> & Partial<Pick<DataSource, 'icon'>>,
  properties: JsonObject,
  visible?: (dataSourceId: string) => DataSource | undefined,
): Put[] {
  const change = new SchemaChange(store, visible);
  change.begin({ icon: null, ...source, properties: [] });
  change.obey(source.id, properties, 'body.initial_data_source.properties');
  const made = change.current(source.id);
  if (made && !titleProperty(made)) {
    change.obey(source.id, { Name: { title: {} } }, 'body.initial_data_source.properties');
  }
  return change.puts();
}
