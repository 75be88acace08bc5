import type { Entity } from '../entities/define.ts';
import type { DataSource } from '../notion/data-source.ts';
import { asDatabaseErrors, type Database } from './client.ts';

/** What is remembered of where an entity lives in Notion. */
export async function loadDataSource(database: Database, entity: Entity): Promise<DataSource | null> {
  const found = await asDatabaseErrors(() => database.syncSource.findUnique({ where: { entity: entity.name } }));
  return (
    found && {
      configuredId: found.configured_id,
      id: found.data_source_id,
      properties: found.properties as DataSource['properties'],
      syncKey: found.sync_key_property,
    }
  );
}

/** Remembers it. Another data source than before is read from the start. */
export async function saveDataSource(database: Database, entity: Entity, source: DataSource): Promise<void> {
  await asDatabaseErrors(
    () => database.$executeRaw`
      INSERT INTO sync_sources AS s (entity, configured_id, data_source_id, properties, sync_key_property)
      VALUES (${entity.name}, ${source.configuredId}, ${source.id}, ${JSON.stringify(source.properties)}::jsonb, ${source.syncKey})
      ON CONFLICT (entity) DO UPDATE SET configured_id = excluded.configured_id, data_source_id = excluded.data_source_id,
        properties = excluded.properties, sync_key_property = excluded.sync_key_property,
        watermark = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.watermark END,
        swept_at = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.swept_at END,
        sync_token = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.sync_token END,
        scan = CASE WHEN s.data_source_id = excluded.data_source_id THEN s.scan END`,
  );
}
