import { backLink, type Entity } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import type { Checkout, FileChange } from './checkout.ts';
import { UniqueNames } from './column-names.ts';
import { fileNameOf } from './entity-name.ts';
import type { BackLinkTarget } from './propose-entity.ts';
import { addBackLink, entityFile } from './write-entity-file.ts';
import { migrationOf } from './write-migration.ts';
import { addToSchema } from './write-model.ts';
import { addToRegistry } from './write-registry.ts';

/**
 * Plans the file changes for an entity: its file, its line in the registry, its models, its migration, and the back-links
 * of its two-way relations.
 * @param entities existing entities
 * @throws FinalError if a file to change does not have the expected form
 */
export function planFiles(
  checkout: Checkout,
  { entity, backLinkTargets }: { readonly entity: Entity; readonly backLinkTargets: readonly BackLinkTarget[] },
  entities: readonly Entity[],
  now: Date,
): readonly FileChange[] {
  const added = (path: string, after: string): FileChange => ({ path, before: null, after });
  const changed = (path: string, change: (before: string) => string | undefined): FileChange => {
    const before = checkout.read(path);
    const after = change(before);
    if (after !== undefined) return { path, before, after };
    throw new FinalError(
      'unknown_form',
      `${path} does not have the form that Lockstep expects, so nothing was written: restore the file first`,
    );
  };
  const migration = `${timestampAfter(checkout.migrations, now)}_${entity.name}`;
  const targets = [...new Set(backLinkTargets.map((side) => side.entity))];
  const changes = [
    added(sourceOf(entity.name), entityFile(entity)),
    changed('src/entities/index.ts', (before) => addToRegistry(before, entity.name)),
    ...targets.map((target) => {
      const names = new UniqueNames(Object.keys(entities.find(({ name }) => name === target)?.fields ?? {}));
      const links = backLinkTargets.filter((side) => side.entity === target);
      return changed(sourceOf(target), (before) =>
        links.reduce<string | undefined>(
          (file, { property, through }) =>
            file && addBackLink(file, names.assign(`related_${entity.name}`), backLink(property, entity.name, through)),
          before,
        ),
      );
    }),
    changed('prisma/schema.prisma', (before) => addToSchema(before, entity)),
    added(`prisma/migrations/${migration}/migration.sql`, migrationOf(entity)),
  ];
  return changes.map((change) =>
    change.path.endsWith('.ts') ? { ...change, after: checkout.format(change.path, change.after) } : change,
  );
}

const sourceOf = (entity: string): string => `src/entities/${fileNameOf(entity)}`;

/** The current UTC time, or, where a migration has a later one, the second after it: migrations apply in this order. */
export function timestampAfter(migrations: readonly string[], now: Date): string {
  const times = migrations.map((name) => timeOf(name) + 1_000);
  return new Date(Math.max(now.getTime(), ...times)).toISOString().replace(/\D/g, '').slice(0, 14);
}

/** Old names have impossible times such as 41:00:00; they count as 17:00:00 on the next day. */
function timeOf(migration: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(migration) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}
