import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Entity } from '../entities/define.ts';
import { currentWorkspace, ownWorkspace, type Workspace } from '../shared/workspace.ts';
import { type LoadedDefinition, loadDefinition } from './load.ts';

const definitions = new WeakMap<Workspace, LoadedDefinition>();

/** Reads the definition of a workspace, before anything runs in it. @throws as `loadDefinition` */
export async function openDefinition(workspace: Workspace): Promise<void> {
  definitions.set(workspace, await loadDefinition(workspace.folder));
}

const own = ownWorkspace();
if (own !== null) await openDefinition(own);

/** What the current workspace syncs: read once. */
export function definition(): LoadedDefinition {
  const found = definitions.get(currentWorkspace());
  if (found === undefined) throw new Error('the definition of this workspace has not been read');
  return found;
}

export const entities = (): readonly Entity[] => definition().entities;

export const isSynced = (name: string): boolean => entities().some((entity) => entity.name === name);

/** The folder of the owner's own migrations, beside the definition. */
export const migrationsFolder = (): string => join(currentWorkspace().folder, 'migrations');

/** The hash where there is no definition file. */
export const BUILT_IN = 'built-in';

/**
 * Differs between definitions that need other tables. Databases and titles may differ: each deployment has its own. Old
 * names may be removed once they were migrated.
 */
export const definitionHash = (): string =>
  definition().path === null
    ? BUILT_IN
    : createHash('sha256')
        .update(
          JSON.stringify(
            entities().map(({ databaseId: _, title: __, ...rest }) => rest),
            (key, value: unknown) => (key === 'renamedFrom' ? undefined : value),
          ),
        )
        .digest('hex')
        .slice(0, 16);
