import type { Entity } from '../entities/define.ts';
import type { DataSource } from '../notion/data-source.ts';
import type { OptionRenames } from '../notion/option-renames.ts';
import type { KnownProperty } from '../notion/schema.ts';
import { type Database, sql, transaction } from './client.ts';
import { renameOptions } from './rename-options.ts';

export interface CachedSource {
  readonly source: DataSource;
  /** Another read is due: a worker found it to be wrong. */
  readonly doubted: boolean;
}

/** The cached data source of an entity, and whether the cache is still valid. */
export async function readCachedSource(database: Database, entity: Entity): Promise<CachedSource | null> {
  const [found] = await database.query<StoredSource>(sql`
    SELECT configured_id AS "configuredId", data_source_id AS id, properties, sync_key_property AS "syncKey", doubted
      FROM sync_sources WHERE entity = ${entity.name}`);
  if (!found) return null;
  const { doubted, properties, ...source } = found;
  return { source: { ...source, properties: toProperties(properties) }, doubted };
}

/** The cached data source of an entity, valid or not. */
export const readCachedDataSource = async (database: Database, entity: Entity): Promise<DataSource | null> =>
  (await readCachedSource(database, entity))?.source ?? null;

/** The first versions stored only a property's id. */
type StoredProperty = KnownProperty | string;

interface StoredSource extends Omit<DataSource, 'properties'> {
  readonly properties: Readonly<Record<string, StoredProperty>>;
  readonly doubted: boolean;
}

const toProperties = (stored: StoredSource['properties']): DataSource['properties'] =>
  Object.fromEntries(
    Object.entries(stored).map(([name, property]) => [
      name,
      typeof property === 'string' ? { id: property, type: '' } : property,
    ]),
  );

/**
 * Saves the data source and renames options in SQL, in one transaction. When the data source is a different one, it
 * is read from the start.
 * @throws RetryableError while one of the rows is locked
 */
export const saveDataSource = (
  database: Database,
  entity: Entity,
  source: DataSource,
  renames: readonly OptionRenames[] = [],
): Promise<void> =>
  transaction(database, { as: 'sync' }, async (tx) => {
    await renameOptions(tx, entity, renames);
    const { configuredId, id, properties, syncKey } = source;
    await tx.execute(SAVE_SOURCE, [entity.name, configuredId, id, JSON.stringify(properties), syncKey]);
  });

const SAVE_SOURCE = `INSERT INTO sync_sources AS s (entity, configured_id, data_source_id, properties, sync_key_property)
      VALUES ($1, $2, $3, $4::jsonb, $5)
      ON CONFLICT (entity) DO UPDATE SET configured_id = excluded.configured_id, data_source_id = excluded.data_source_id,
        properties = excluded.properties, sync_key_property = excluded.sync_key_property,
        watermark = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.watermark END,
        swept_at = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.swept_at END,
        sync_token = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.sync_token END,
        scan = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.scan END, doubted = false`;

/** No worker uses the cached data source until it is read again. */
export async function invalidateSource(database: Database, entity: Entity): Promise<void> {
  await database.execute(sql`UPDATE sync_sources SET doubted = true WHERE entity = ${entity.name}`);
}
