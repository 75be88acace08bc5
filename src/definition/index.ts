import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { loadDefinition } from './load.ts';

/** What this process syncs: read once, from the folder that it was started in. */
export const definition = await loadDefinition(process.cwd());

export const entities = definition.entities;

export const isSynced = (name: string): boolean => entities.some((entity) => entity.name === name);

/** The folder of the owner's own migrations, beside the definition. */
export const migrationsFolder = join(process.cwd(), 'migrations');

/** The hash where there is no definition file. */
export const BUILT_IN = 'built-in';

/**
 * Differs between definitions that need other tables. Databases and titles may differ: each deployment has its own. Old
 * names may be removed once they were migrated.
 */
export const definitionHash: string =
  definition.path === null
    ? BUILT_IN
    : createHash('sha256')
        .update(
          JSON.stringify(
            entities.map(({ databaseId: _, title: __, ...rest }) => rest),
            (key, value: unknown) => (key === 'renamedFrom' ? undefined : value),
          ),
        )
        .digest('hex')
        .slice(0, 16);
