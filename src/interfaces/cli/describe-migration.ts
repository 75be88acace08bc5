import { pluralize } from '../../operations/status/format-status.ts';
import type { TablesPreview } from '../../operations/tables/migrate-tables.ts';
import type { EntityPlan } from '../../operations/tables/plan-definition.ts';

export interface MigrationPreview extends TablesPreview {
  /** Lockstep's own migrations that would be applied first. */
  readonly lockstep: readonly string[];
}

/** What `lockstep migrate` would do: each entity that changes, and then the SQL. */
export function describeMigration({ lockstep, pending, entities, next }: MigrationPreview): string {
  const changed = entities.filter(
    ({ changes, refused, statements }) => changes.length + refused.length + statements.length > 0,
  );
  const isRefused = changed.some(({ refused }) => refused.length > 0);
  const lines = [
    ...(lockstep.length > 0
      ? [`First: ${pluralize(lockstep.length, 'migration')} of Lockstep: ${lockstep.join(', ')}.`]
      : []),
    ...(pending.length > 0 ? [`First: ${pending.map((file) => `migrations/${file}`).join(', ')}.`] : []),
    ...changed.flatMap(describeEntity),
    ...(next ? ['', `-- migrations/${next.file}`, next.sql] : []),
    conclusion(lockstep.length + pending.length + changed.length > 0, isRefused),
  ];
  return lines.join('\n');
}

function describeEntity({ entity, changes, refused, statements }: EntityPlan): readonly string[] {
  const lines = [
    ...changes.map(({ kind, what }) => `  ${kind}: ${what}`),
    ...refused.map((reason) => `  refused: ${reason}`),
  ];
  return [
    entity,
    ...(lines.length > 0 || statements.length === 0 ? lines : ['  renewed: its triggers, indexes or view']),
  ];
}

function conclusion(changesAnything: boolean, isRefused: boolean): string {
  if (isRefused) return 'Nothing was written. lockstep migrate changes nothing until what is refused is resolved.';
  return changesAnything ? 'Nothing was written. Apply it with: lockstep migrate' : 'The database is up to date.';
}
