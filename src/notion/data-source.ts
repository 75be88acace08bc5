import {
  type DataSourceObjectResponse,
  isFullDatabase,
  isFullDataSource,
  type UpdateDataSourceParameters,
} from '@notionhq/client';
import { databaseIdVariable } from '../config.ts';
import { type ComputedField, computedFields, type Entity, type NotionField, notionFields } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import type { NotionApi } from './notion-api.ts';
import { isNotFound } from './notion-errors.ts';
import { notionType } from './properties.ts';
import {
  acceptedTypes,
  type KnownProperty,
  locateProperty,
  type Property,
  propertyById,
  propertyByIdOrName,
  retypedProperties,
  type Schema,
  SYNC_KEY,
  toKnownProperty,
} from './schema.ts';

/** An entity's data source in Notion, with the ids of its properties. */
export interface DataSource {
  /** The id that the owner configured: a database's or a data source's. */
  readonly configuredId: string;
  readonly id: string;
  /** By field name, without back-links that Notion lacks. */
  readonly properties: Readonly<Record<string, KnownProperty>>;
  /** The id of the property `Sync Key`; null while it is missing and the integration may not add it. */
  readonly syncKey: string | null;
}

/**
 * Finds the entity's data source and its properties: by id if they were found before, so that
 * a rename breaks nothing, else by name. Adds `Sync Key` unless `readOnly`.
 * @throws FinalError naming entity and property when one is missing or of another type
 */
export async function openDataSource(
  api: NotionApi,
  entity: Entity,
  configuredId: string,
  before: DataSource | null,
  { readOnly = false } = {},
): Promise<DataSource> {
  const { known, source } = await findDataSource(api, entity, configuredId, before);
  const backLinks = Object.entries(entity.fields).flatMap(([name, field]) => {
    if (field.kind !== 'back_link') return [];
    const property = propertyByIdOrName(source.properties, field, known?.properties[name]?.id);
    return property ? [[name, toKnownProperty(entity, field, property, undefined)]] : [];
  });
  const computed = computedFields(entity).map(([name, field]) => {
    const property = propertyByIdOrName(source.properties, field, known?.properties[name]?.id);
    if (!property) throw propertyMissing(entity, name, field);
    return [name, toKnownProperty(entity, field, property, undefined)];
  });
  const properties = Object.fromEntries([
    ...backLinks,
    ...computed,
    ...notionFields(entity).map(([name, field]) => {
      const property = requireProperty(entity, source, [name, field], known?.properties);
      return [name, toKnownProperty(entity, field, property, known?.properties[name])];
    }),
  ]);
  const syncKey =
    findSyncKey(entity, source, known?.syncKey) ?? (readOnly ? null : await addSyncKey(api, entity, source));
  return { configuredId, id: source.id, properties, syncKey };
}

/**
 * Finds an entity's data source: the one found before, even if it was moved since; else the one that the
 * configured id leads to.
 * @throws FinalError when there is none, or several
 */
export async function findDataSource(
  api: NotionApi,
  entity: Entity,
  configuredId: string,
  before: DataSource | null,
): Promise<{ known: DataSource | null; source: DataSourceObjectResponse }> {
  const known = before?.configuredId === configuredId ? before : null;
  const source = known ? await readDataSource(api, entity, known.id) : await resolve(api, entity, configuredId);
  return { known, source };
}

/** @throws FinalError when it is in the trash, not found or not shared */
export async function readDataSource(api: NotionApi, entity: Entity, id: string): Promise<DataSourceObjectResponse> {
  const source = await api.call({ entity: entity.name, kind: 'read', what: `the data source ${id}` }, (client) =>
    client.dataSources.retrieve({ data_source_id: id }),
  );
  if (!isFullDataSource(source))
    throw new FinalError('not_found', `${entity.name}: the integration may not read the data source ${id}`);
  if (source.in_trash)
    throw new FinalError(
      'database_trashed',
      `${entity.name}: its database is in Notion's trash; restore it there, or set ${databaseIdVariable(entity.name)} to another database`,
    );
  return source;
}

/** The configured id is a database's (as in a Notion URL) or a data source's. */
async function resolve(api: NotionApi, entity: Entity, configuredId: string): Promise<DataSourceObjectResponse> {
  const purpose = { entity: entity.name, kind: 'read', what: `the database ${configuredId}` } as const;
  try {
    const database = await api.call(purpose, (client) => client.databases.retrieve({ database_id: configuredId }));
    if (!isFullDatabase(database))
      throw new FinalError('not_found', `${entity.name}: the integration may not read the database ${configuredId}`);
    const sources = database.data_sources;
    const named = sources.filter((source) => source.name === entity.title);
    const chosen = sources.length === 1 ? sources[0] : named.length === 1 ? named[0] : undefined;
    if (!chosen) {
      const choices = sources.map((source) => `${source.name} (${source.id})`).join(', ');
      throw new FinalError(
        'data_source_unclear',
        `${entity.name}: the database has ${choices ? `several data sources: ${choices}` : 'no data source'}; set ${databaseIdVariable(entity.name)} to the id of the right one`,
      );
    }
    return await readDataSource(api, entity, chosen.id);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    try {
      return await readDataSource(api, entity, configuredId);
    } catch (second) {
      throw isNotFound(second) ? error : second;
    }
  }
}

/** Some properties have a type that cannot hold their fields' values. */
export class PropertyRetypedError extends FinalError {
  /** The types that these properties have now, by field name. */
  readonly types: Readonly<Record<string, string>>;

  constructor(message: string, types: Readonly<Record<string, string>>) {
    super('property_retyped', message);
    this.types = types;
  }
}

function requireProperty(
  entity: Entity,
  { properties }: DataSourceObjectResponse,
  [name, field]: [string, NotionField],
  known: DataSource['properties'] | undefined,
): Property {
  const located = locateProperty(properties, [name, field], known);
  switch (located.kind) {
    case 'found':
      return located.property;
    case 'missing':
      throw propertyMissing(entity, name, field);
    case 'retyped':
      throw new PropertyRetypedError(
        `${entity.name}: the property "${located.property.name}" is now of type ${located.property.type}, not ${acceptedTypes(field).join(' or ')}; change it back in Notion and the sync resumes by itself`,
        retypedProperties(entity, properties, known),
      );
  }
}

export const propertyMissing = (entity: Entity, name: string, field: NotionField | ComputedField): FinalError =>
  new FinalError(
    'property_missing',
    `${entity.name}: the property "${field.property}" (${field.kind === 'computed' ? 'computed' : notionType(field)}, column ${name}) is missing in Notion; run \`lockstep doctor --fix\` or add it again, and the sync resumes by itself`,
  );

function findSyncKey(
  entity: Entity,
  { properties }: DataSourceObjectResponse,
  knownId: string | null | undefined,
): string | null {
  const existing = propertyById(properties, knownId) ?? properties[SYNC_KEY];
  if (!existing) return null;
  if (existing.type === 'rich_text') return existing.id;
  throw new FinalError(
    'property_retyped',
    `${entity.name}: the property "${existing.name}" must be of type text; rename or change it in Notion`,
  );
}

/** @returns null when the integration may not add it */
async function addSyncKey(api: NotionApi, entity: Entity, source: DataSourceObjectResponse): Promise<string | null> {
  try {
    const updated = await changeSchema(api, entity, source.id, `adding "${SYNC_KEY}"`, {
      [SYNC_KEY]: { rich_text: {} },
    });
    return updated[SYNC_KEY]?.id ?? null;
  } catch (error) {
    if (error instanceof FinalError && error.code === 'restricted') return null;
    throw error;
  }
}

export type SchemaWrite = NonNullable<UpdateDataSourceParameters['properties']>;

/** Adds or changes properties. @param what describes the change in messages @returns the schema afterwards */
export async function changeSchema(
  api: NotionApi,
  entity: Entity,
  dataSourceId: string,
  what: string,
  properties: SchemaWrite,
): Promise<Schema> {
  const updated = await api.call({ entity: entity.name, kind: 'write', what }, (client) =>
    client.dataSources.update({ data_source_id: dataSourceId, properties }),
  );
  return isFullDataSource(updated) ? updated.properties : {};
}
