import { uuidFrom } from './ids.ts';
import type { Workspace } from './workspace.ts';
import type { NewDatabaseOptions } from './workspace-types.ts';

/** A database with a known id, so that relations of other databases can refer to it. */
export type DatabaseDefinition = NewDatabaseOptions & { readonly id: string };

/** The id that `createDatabases` gives to a database's data source when none is defined. */
export const dataSourceIdOf = (databaseId: string): string => uuidFrom(`data source of ${databaseId}`);

/**
 * Creates the databases that do not exist yet, two-way relations included.
 * Relations are added last, because they can lead in circles; they name a data
 * source by `dataSourceIdOf`.
 */
export function createDatabases(workspace: Workspace, databases: readonly DatabaseDefinition[]): void {
  const existing = new Set(workspace.databases().map(({ id }) => id));
  const added = databases.filter(({ id }) => !existing.has(id));
  for (const { properties = {}, ...database } of added) {
    const own = Object.entries(properties).filter(([, config]) => !isRelation(config));
    workspace.createDatabase({
      dataSourceId: dataSourceIdOf(database.id),
      ...database,
      properties: Object.fromEntries(own),
    });
  }
  for (const { id, properties = {} } of added) {
    for (const [name, config] of Object.entries(properties)) {
      if (isRelation(config)) workspace.addProperty(id, name, config);
    }
  }
}

const isRelation = (config: unknown): config is { readonly relation: unknown } =>
  typeof config === 'object' && config !== null && 'relation' in config;
