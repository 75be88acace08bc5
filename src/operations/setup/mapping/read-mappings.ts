import type { Database } from '../../../database/client.ts';
import { readCachedDataSource } from '../../../database/sources.ts';
import { readWorkspace } from '../../../database/workspace.ts';
import { allEntities } from '../../../definition/named-entities.ts';
import { type Entity, tablesOf } from '../../../entities/define.ts';
import type { DataSource } from '../../../notion/data-source.ts';
import { readTables } from '../../tables/read-tables.ts';

/** What an entity is synced with, as its definition says and as the last sync found it. */
export interface EntityMapping {
  readonly entity: Entity;
  /** Its data source and properties in Notion, as last read; null before the first sync, and of calendars. */
  readonly source: DataSource | null;
  /** The types of its columns in PostgreSQL, by name; of another table as `table.column`. */
  readonly columnTypes: ReadonlyMap<string, string>;
}

export interface Mappings {
  /** Null before the first sync. */
  readonly workspaceName: string | null;
  readonly entities: readonly EntityMapping[];
}

/** The mappings of these entities, from PostgreSQL alone: nothing is asked of Notion. @throws as `databaseError` */
export async function readMappings(database: Database, entities: readonly Entity[] = allEntities()): Promise<Mappings> {
  const [workspace, tables, sources] = await Promise.all([
    readWorkspace(database),
    readTables(database, entities.flatMap(tablesOf)),
    Promise.all(entities.map((entity) => readCachedDataSource(database, entity))),
  ]);
  const typesOf = (entity: Entity): ReadonlyMap<string, string> =>
    new Map(
      tablesOf(entity).flatMap((table) =>
        [...(tables.get(table)?.columns ?? [])].map(([column, type]): [string, string] => [
          table === entity.table ? column : `${table}.${column}`,
          type,
        ]),
      ),
    );
  return {
    workspaceName: workspace && (workspace.workspaceName ?? workspace.workspaceId),
    entities: entities.map((entity, at) => ({
      entity,
      source: entity.remote ? null : (sources[at] ?? null),
      columnTypes: typesOf(entity),
    })),
  };
}
