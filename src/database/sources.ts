import type { Entity } from '../entities/define.ts';
import type { DataSource } from '../notion/data-source.ts';
import type { OptionRenames } from '../notion/option-renames.ts';
import { type KnownProperty, replacedProperties } from '../notion/schema.ts';
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
 * is read from the start. Of a field whose property was replaced, nothing is agreed any more, and a sweep follows:
 * pages that are empty there get the row's value.
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
    const before = await readCachedDataSource(tx, entity);
    const replaced = before ? replacedProperties(entity, before.properties, properties) : [];
    if (replaced.length > 0) {
      await tx.execute(FORGET_FIELDS, [entity.name, replaced]);
    }
    const saved = [entity.name, configuredId, id, JSON.stringify(properties), syncKey, replaced.length > 0];
    await tx.execute(SAVE_SOURCE, saved);
  });

/** Keeps in mind which properties had another type, and may have lost their values: `saveDataSource` asks for it. */
export async function saveRetypedProperties(
  database: Database,
  entity: Entity,
  types: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [field, type] of Object.entries(types)) {
    await database.execute(
      `UPDATE sync_sources SET properties = jsonb_set(properties, ARRAY[$2, 'type'], to_jsonb($3::text))
        WHERE entity = $1 AND jsonb_typeof(properties -> $2) = 'object'`,
      [entity.name, field, type],
    );
  }
}

const withoutFields = (write: string): string => `jsonb_set(${write}, '{fields}', (${write} -> 'fields') - $2::text[])`;

/** $1 the entity, $2 the fields */
const FORGET_FIELDS = `UPDATE sync_state SET base = base - $2::text[],
  stored_values = ${withoutFields('stored_values')}, sending = ${withoutFields('sending')},
  late_writes = (SELECT coalesce(jsonb_agg(${withoutFields('w')}), '[]') FROM jsonb_array_elements(late_writes) AS w)
  WHERE entity = $1`;

const SAVE_SOURCE = `INSERT INTO sync_sources AS s (entity, configured_id, data_source_id, properties, sync_key_property)
      VALUES ($1, $2, $3, $4::jsonb, $5)
      ON CONFLICT (entity) DO UPDATE SET configured_id = excluded.configured_id, data_source_id = excluded.data_source_id,
        properties = excluded.properties, sync_key_property = excluded.sync_key_property,
        watermark = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.watermark END,
        swept_at = CASE WHEN s.data_source_id = excluded.data_source_id AND NOT $6 THEN s.swept_at END,
        sync_token = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.sync_token END,
        scan = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.scan END, doubted = false`;

/** No worker uses the cached data source until it is read again. */
export async function invalidateSource(database: Database, entity: Entity): Promise<void> {
  await database.execute(sql`UPDATE sync_sources SET doubted = true WHERE entity = ${entity.name}`);
}
