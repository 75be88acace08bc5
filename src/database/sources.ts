import type { Entity } from '../entities/define.ts';
import type { DataSource } from '../notion/data-source.ts';
import type { OptionRenames } from '../notion/option-renames.ts';
import type { KnownProperty } from '../notion/schema.ts';
import { syncTransaction } from './batches.ts';
import { asDatabaseErrors, type Database } from './client.ts';
import { renameOptions } from './rename-options.ts';

export interface RememberedSource {
  readonly source: DataSource;
  /** It turned out wrong, here or on another worker, and was not read since. */
  readonly doubted: boolean;
}

/** What is remembered of where an entity lives in Notion, and whether it is to be believed. */
export async function rememberedSource(database: Database, entity: Entity): Promise<RememberedSource | null> {
  const found = await asDatabaseErrors(() => database.syncSource.findUnique({ where: { entity: entity.name } }));
  return (
    found && {
      source: {
        configuredId: found.configured_id,
        id: found.data_source_id,
        properties: toProperties(found.properties as Readonly<Record<string, StoredProperty>>),
        syncKey: found.sync_key_property,
      },
      doubted: found.doubted,
    }
  );
}

/** What is remembered of where an entity lives in Notion. */
export const loadDataSource = async (database: Database, entity: Entity): Promise<DataSource | null> =>
  (await rememberedSource(database, entity))?.source ?? null;

/** The first versions remembered a property's id alone. */
type StoredProperty = KnownProperty | string;

const toProperties = (stored: Readonly<Record<string, StoredProperty>>): DataSource['properties'] =>
  Object.fromEntries(
    Object.entries(stored).map(([name, property]) => [
      name,
      typeof property === 'string' ? { id: property, type: '' } : property,
    ]),
  );

/**
 * Remembers it, and calls options in SQL as they are called there, all at once.
 * Another data source than before is read from the start.
 * @throws RetryableError while somebody holds one of the rows locked
 */
export const saveDataSource = (
  database: Database,
  entity: Entity,
  source: DataSource,
  renames: readonly OptionRenames[] = [],
): Promise<void> =>
  syncTransaction(database, async (batch) => {
    await renameOptions(batch, entity, renames);
    const { configuredId, id, properties, syncKey } = source;
    await batch.execute(SAVE_SOURCE, [entity.name, configuredId, id, JSON.stringify(properties), syncKey]);
  });

const SAVE_SOURCE = `INSERT INTO sync_sources AS s (entity, configured_id, data_source_id, properties, sync_key_property)
      VALUES ($1, $2, $3, $4::jsonb, $5)
      ON CONFLICT (entity) DO UPDATE SET configured_id = excluded.configured_id, data_source_id = excluded.data_source_id,
        properties = excluded.properties, sync_key_property = excluded.sync_key_property,
        watermark = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.watermark END,
        swept_at = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.swept_at END,
        sync_token = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.sync_token END,
        scan = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.scan END, doubted = false`;

/** Until it is read again, no worker believes what is remembered. */
export async function doubt(database: Database, entity: Entity): Promise<void> {
  await asDatabaseErrors(() =>
    database.syncSource.updateMany({ where: { entity: entity.name }, data: { doubted: true } }),
  );
}
