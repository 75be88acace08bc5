import { type Database, sql } from '../../../database/client.ts';
import { saveDataSource } from '../../../database/sources.ts';
import { type Entity, notionFields } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import {
  type KnownProperty,
  optionsOf,
  type Property,
  propertyById,
  type Schema,
  SYNC_KEY,
  toKnownProperty,
  withNamesInSql,
} from '../../../notion/schema.ts';
import type { OptionNames } from './choose-options.ts';

/** The data source of an entity, and the property of each field. */
export interface Mapping {
  readonly entity: Entity;
  /** The id from the environment variable. */
  readonly configuredId: string;
  readonly dataSourceId: string;
  readonly schema: Schema;
  /** Property ids by field name; fields without an entry are found by their name. */
  readonly properties: ReadonlyMap<string, string>;
  /** Where an option of the entity file has another name in Notion. Default: by its translations. */
  readonly options?: OptionNames;
}

/**
 * Saves a mapping for the syncs, which then find each property by its id, even if it has a different name. A mapping
 * that a sync has already used is not changed.
 * @throws FinalError `other_workspace` if the rows came from another data source
 */
export async function saveMapping(
  database: Database,
  { entity, configuredId, dataSourceId, schema, properties, options }: Mapping,
): Promise<void> {
  const [before] = await database.query<{ data_source_id: string; isRead: boolean }>(sql`
    SELECT data_source_id, coalesce(watermark, swept_at) IS NOT NULL AS "isRead" FROM sync_sources WHERE entity = ${entity.name}`);
  if (before?.isRead) {
    if (before.data_source_id === dataSourceId) return;
    throw new FinalError(
      'other_workspace',
      `the rows of ${entity.table} come from another Notion database: set DATABASE_URL to an empty PostgreSQL; or, to move them, set the id in .env yourself and run npm start`,
    );
  }
  const known = notionFields(entity).flatMap(([name, field]) => {
    const property = propertyById(schema, properties.get(name));
    if (!property) return [];
    const chosen = options?.get(name);
    const before = chosen && withNamesInSql(unmapped(property), invert(chosen));
    return [[name, toKnownProperty(entity, field, property, before)] as const];
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

/** A property whose options have the same names in SQL. */
const unmapped = (property: Property): KnownProperty => ({
  ...{ id: property.id, type: property.type },
  options: Object.fromEntries(optionsOf(property).map(({ id, name }) => [id, name])),
});

const invert = (names: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(names).map(([option, name]) => [name, option]));
