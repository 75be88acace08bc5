import { type DataSourceObjectResponse, isFullDatabase, isFullDataSource } from '@notionhq/client';
import { type Entity, type Field, type NotionField, notionFields } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import type { NotionApi } from './api.ts';
import { isNotFound } from './errors.ts';
import { notionType } from './properties.ts';

export const SYNC_KEY = 'Sync Key';

/** Where an entity lives in Notion, with the ids by which its properties are known. */
export interface DataSource {
  /** The id that the owner gave: a database's or a data source's. */
  readonly configuredId: string;
  readonly id: string;
  /** By field name; back-links that Notion lacks are left out. */
  readonly properties: Readonly<Record<string, string>>;
  /** Null while the integration may not add it. */
  readonly syncKey: string | null;
}

type Schema = DataSourceObjectResponse['properties'];

/**
 * Finds the entity's data source and its properties: by id where they were
 * known before (so a rename breaks nothing), else by name. Adds `Sync Key`, unless only to look.
 * @throws FinalError naming entity and property when one is missing or of another type
 */
export async function openDataSource(
  api: NotionApi,
  entity: Entity,
  configuredId: string,
  before: DataSource | null,
  { onlyLook = false } = {},
): Promise<DataSource> {
  const known = before?.configuredId === configuredId ? before : null;
  const source = known ? await retrieve(api, entity, known.id) : await resolve(api, entity, configuredId);
  const backLinks = Object.entries(entity.fields).flatMap(([name, field]) => {
    if (field.kind !== 'back_link') return [];
    const property = findProperty(source.properties, field, known?.properties[name]);
    return property ? [[name, property.id]] : [];
  });
  const properties = Object.fromEntries([
    ...backLinks,
    ...notionFields(entity).map(([name, field]) => [
      name,
      requireProperty(entity, source.properties, name, field, known?.properties[name]),
    ]),
  ]);
  const syncKey =
    findSyncKey(entity, source, known?.syncKey) ?? (onlyLook ? null : await addSyncKey(api, entity, source));
  return { configuredId, id: source.id, properties, syncKey };
}

async function retrieve(api: NotionApi, entity: Entity, id: string): Promise<DataSourceObjectResponse> {
  const source = await api.call({ entity: entity.name, kind: 'read', what: `the data source ${id}` }, (client) =>
    client.dataSources.retrieve({ data_source_id: id }),
  );
  if (!isFullDataSource(source))
    throw new FinalError('not_found', `${entity.name}: the integration may not read the data source ${id}`);
  if (source.in_trash)
    throw new FinalError('database_trashed', `${entity.name}: its database is in Notion's trash; restore it there`);
  return source;
}

/** A database id (what a Notion URL holds) leads to its data sources; a data source id is one. */
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
      const choices = sources.map((source) => `${source.name} (${source.id})`).join(', ') || 'none';
      throw new FinalError(
        'data_source_unclear',
        `${entity.name}: the database has several data sources: ${choices}; put the right one's id into NOTION_${entity.name.toUpperCase()}_DATABASE_ID`,
      );
    }
    return await retrieve(api, entity, chosen.id);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    try {
      return await retrieve(api, entity, configuredId);
    } catch (second) {
      throw isNotFound(second) ? error : second;
    }
  }
}

type Property = Schema[string];

const byId = (schema: Schema, id: string | undefined): Property | undefined =>
  Object.values(schema).find((property) => property.id === id);

const findProperty = (schema: Schema, field: Field, knownId: string | undefined): Property | undefined =>
  byId(schema, knownId) ?? schema[field.property];

/** @returns the property's id */
function requireProperty(entity: Entity, schema: Schema, name: string, field: NotionField, knownId?: string): string {
  const type = notionType(field);
  const fitting = [byId(schema, knownId), schema[field.property]].find((candidate) => candidate?.type === type);
  const property = fitting ?? findProperty(schema, field, knownId);
  if (!property) {
    throw new FinalError(
      'property_missing',
      `${entity.name}: the property "${field.property}" (${type}, column ${name}) is missing in Notion; add it again and the sync resumes by itself`,
    );
  }
  if (property.type !== type) {
    throw new FinalError(
      'property_retyped',
      `${entity.name}: the property "${property.name}" is now of type ${property.type}, not ${type}; change it back in Notion and the sync resumes by itself`,
    );
  }
  return property.id;
}

function findSyncKey(
  entity: Entity,
  { properties }: DataSourceObjectResponse,
  knownId: string | null | undefined,
): string | null {
  const existing = byId(properties, knownId ?? undefined) ?? properties[SYNC_KEY];
  if (!existing) return null;
  if (existing.type === 'rich_text') return existing.id;
  throw new FinalError(
    'property_retyped',
    `${entity.name}: the property "${existing.name}" must be of type text; rename or change it in Notion`,
  );
}

/** @returns null where the integration may not */
async function addSyncKey(api: NotionApi, entity: Entity, source: DataSourceObjectResponse): Promise<string | null> {
  try {
    const updated = await api.call({ entity: entity.name, kind: 'write', what: `adding "${SYNC_KEY}"` }, (client) =>
      client.dataSources.update({ data_source_id: source.id, properties: { [SYNC_KEY]: { rich_text: {} } } }),
    );
    return isFullDataSource(updated) ? (updated.properties[SYNC_KEY]?.id ?? null) : null;
  } catch (error) {
    if (error instanceof FinalError && error.code === 'restricted') return null;
    throw error;
  }
}

/** The ids of the properties that the sync reads. */
export const readProperties = (entity: Entity, source: DataSource): [string, string][] =>
  notionFields(entity).flatMap(([name]) => {
    const id = source.properties[name];
    return id === undefined ? [] : [[name, id]];
  });
