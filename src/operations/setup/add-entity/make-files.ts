import { backLink, type Entity } from '../../../entities/define.ts';
import { FinalError } from '../../../errors.ts';
import type { Checkout, FileChange } from './checkout.ts';
import { Names } from './column-names.ts';
import { fileNameOf } from './entity-name.ts';
import type { FarSide } from './propose-entity.ts';
import { entityFile, withBackLink } from './write-entity-file.ts';
import { migrationOf } from './write-migration.ts';
import { schemaWith } from './write-model.ts';
import { registryWith } from './write-registry.ts';

/**
 * All that an entity needs in a checkout: its file, its line in the registry, its models, its migration, and the other
 * sides of its two-way relations.
 * @param entities those that are there
 * @throws FinalError where a file that gets a line is not as Lockstep has it
 */
export function makeFiles(
  checkout: Checkout,
  { entity, farSides }: { readonly entity: Entity; readonly farSides: readonly FarSide[] },
  entities: readonly Entity[],
  now: Date,
): readonly FileChange[] {
  const fresh = (path: string, after: string): FileChange => ({ path, before: null, after });
  const changed = (path: string, change: (before: string) => string | undefined): FileChange => {
    const before = checkout.read(path);
    const after = change(before);
    if (after !== undefined) return { path, before, after };
    throw new FinalError(
      'unknown_form',
      `${path} is not as Lockstep has it, so nothing was written: put it back first`,
    );
  };
  const migration = `${timestampAfter(checkout.migrations, now)}_${entity.name}`;
  const targets = [...new Set(farSides.map((side) => side.entity))];
  const changes = [
    fresh(sourceOf(entity.name), entityFile(entity)),
    changed('src/entities/index.ts', (before) => registryWith(before, entity.name)),
    ...targets.map((target) => {
      const names = new Names(Object.keys(entities.find(({ name }) => name === target)?.fields ?? {}));
      const links = farSides.filter((side) => side.entity === target);
      return changed(sourceOf(target), (before) =>
        links.reduce<string | undefined>(
          (file, { property, through }) =>
            file && withBackLink(file, names.give(`related_${entity.name}`), backLink(property, entity.name, through)),
          before,
        ),
      );
    }),
    changed('prisma/schema.prisma', (before) => schemaWith(before, entity)),
    fresh(`prisma/migrations/${migration}/migration.sql`, migrationOf(entity)),
  ];
  return changes.map((change) =>
    change.path.endsWith('.ts') ? { ...change, after: checkout.tidy(change.path, change.after) } : change,
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
