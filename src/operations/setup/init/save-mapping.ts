import { type Database, sql } from '../../../database/client.ts';
import { saveDataSource } from '../../../database/sources.ts';
import { type Entity, notionFields } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import { byId, type Schema, SYNC_KEY, toKnown } from '../../../notion/schema.ts';

/** Where an entity is to live, and on which property each of its fields. */
export interface Mapping {
  readonly entity: Entity;
  /** As the variable has it. */
  readonly configuredId: string;
  readonly dataSourceId: string;
  readonly schema: Schema;
  /** Property ids by field name; a field that is left out is found by its name. */
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * Writes a mapping down where the syncs look for it: from then on each property is known by its id, whatever it is
 * called. What a sync has gone by already stays.
 * @throws FinalError `other_workspace` where the rows came from another data source
 */
export async function saveMapping(
  database: Database,
  { entity, configuredId, dataSourceId, schema, properties }: Mapping,
): Promise<void> {
  const [before] = await database.query<{ data_source_id: string; isRead: boolean }>(sql`
    SELECT data_source_id, coalesce(watermark, swept_at) IS NOT NULL AS "isRead" FROM sync_sources WHERE entity = ${entity.name}`);
  if (before?.isRead) {
    if (before.data_source_id === dataSourceId) return;
    throw new FinalError(
      'other_workspace',
      `the rows of ${entity.table} come from another database of Notion: give an empty PostgreSQL in DATABASE_URL; or, if they are to move, put the id into .env yourself and run npm start`,
    );
  }
  const known = notionFields(entity).flatMap(([name, field]) => {
    const property = byId(schema, properties.get(name));
    return property ? [[name, toKnown(entity, field, property, undefined)] as const] : [];
  });
  const key = schema[SYNC_KEY];
  const syncKey = key?.type === 'rich_text' ? key.id : null;
  await saveDataSource(database, entity, {
    configuredId,
    id: dataSourceId,
    properties: Object.fromEntries(known),
    syncKey,
  });
}
