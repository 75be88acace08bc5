import type { JsonObject } from './expect.ts';
import type { Database, DataSource } from './model.ts';
import { SchemaChange, titleProperty } from './schema.ts';
import type { Store } from './store.ts';

type NewDatabase = Pick<Database, 'id' | 'parentPageId' | 'title' | 'description' | 'inline' | 'icon' | 'cover'> & {
  readonly dataSourceId: string;
  /** As a create request has them: `{ Name: { title: {} }, … }`. */
  readonly properties: JsonObject;
};

/** Keeps a new database with its one data source; one without a title property gets `Name`. */
export function addDatabase(
  store: Store,
  { dataSourceId, properties, ...fresh }: NewDatabase,
  by: string,
  visible?: (dataSourceId: string) => DataSource | undefined,
): Database {
  const now = store.clock.now();
  const stamps = { createdAt: now, editedAt: now, createdBy: by, editedBy: by, trashed: false };
  const database: Database = { ...fresh, ...stamps, locked: false, dataSourceIds: [dataSourceId], hiddenFrom: [] };
  const change = new SchemaChange(store, visible);
  const source = { id: dataSourceId, databaseId: fresh.id, title: fresh.title, properties: [], icon: null, ...stamps };
  change.begin(source);
  change.obey(dataSourceId, properties, 'body.initial_data_source.properties');
  const made = change.current(dataSourceId);
  if (made && !titleProperty(made)) {
    change.obey(dataSourceId, { Name: { title: {} } }, 'body.initial_data_source.properties');
  }
  store.commit({ table: 'database', row: database }, ...change.puts());
  return database;
}
