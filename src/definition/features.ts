import type { Entity } from '../entities/define.ts';
import { perWorkspace } from '../shared/workspace.ts';
import { entities } from './index.ts';
import { finishedStatuses, optionIn } from './role-fields.ts';
import { builtInRole, ROLES, type RoleEntity, type RoleField, type RoleName, type RoleShape, roleIn } from './roles.ts';

/** What a feature needs of the entity in a role. Other fields of the role are used if it has them. */
interface RoleNeed {
  readonly role: RoleName;
  readonly fields: readonly string[];
  /** What else the entity lacks. */
  readonly also: (found: RoleEntity) => readonly string[];
}

const need = <R extends RoleName>(
  role: R,
  fields: readonly RoleField<R>[] = [],
  also: RoleNeed['also'] = () => [],
): RoleNeed => ({ role, fields: fields.map(String), also });

/** Features that work with entities, and what they need. Features that are not listed need none. */
const NEEDS: Readonly<Record<string, readonly RoleNeed[]>> = {
  'task-events': [need('tasks', ['due_date'], missingTime)],
  'life-cycle': [need('tasks', [], missingClosedStatuses)],
  para: [need('tags', ['type', 'parent_id'], missingOptions('type', 'Area', 'Resource'))],
  'context-files': [need('projects')],
  'gmail-labels': [need('projects', ['type'], missingOptions('type', 'Work'))],
  'health-checks': [need('system_fixes', ['status', 'description'], missingFixed)],
  'session-notes': [need('notes', [], missingText), need('system_upgrades')],
  'notes-distribute': [need('notes', ['project_id']), need('projects')],
  'media-from-tmdb': [need('media', ['tmdb_id'])],
  'games-from-rawg': [need('games', ['rawg_id'])],
  'people-from-contacts': [need('people', ['email'])],
  'task-tools': [need('tasks')],
  'note-tools': [need('notes')],
  'goal-tools': [need('goals', ['progress'])],
  'media-tools': [need('media')],
  'game-tools': [need('games')],
  'fix-tools': [need('system_fixes')],
  'upgrade-tools': [need('system_upgrades')],
};

export const hasRole = (role: RoleName): boolean => roleIn(entities(), role) !== undefined;

/**
 * The entity in a role. Without one, what works with it is off, and this is the built-in entity, whose table every
 * database has.
 */
export const roleOf = <R extends RoleName>(role: R): RoleEntity<R> => roleIn(entities(), role) ?? builtInRole(role);

/** A feature that is off, with what would turn it on. */
export interface FeatureOff {
  readonly feature: string;
  readonly missing: readonly string[];
}

/** The features that these entities leave off. */
export const featuresOffFor = (synced: readonly Entity[]): readonly FeatureOff[] =>
  Object.entries(NEEDS)
    .map(([feature, needs]) => ({ feature, missing: needs.flatMap((one) => missingOf(synced, one)) }))
    .filter(({ missing }) => missing.length > 0);

function missingOf(synced: readonly Entity[], { role, fields, also }: RoleNeed): readonly string[] {
  const found = roleIn(synced, role);
  const names = fields.length === 0 ? '' : ` (with ${fields.join(', ')})`;
  if (!found) return [`an entity with the role "${role}"${names}`];
  const has: Readonly<Record<string, string | undefined>> = found.fields;
  const missing = fields.filter((field) => has[field] === undefined);
  if (missing.length === 0) return also(found);
  return missing.map(
    (field) => `a field ${field} of the role "${role}" in ${found.entity.name}${leadingTo(role, field)}`,
  );
}

/** Where a relation of a role leads. */
function leadingTo(role: RoleName, field: string): string {
  const shape: RoleShape = ROLES[role];
  const wanted = shape.fields[field];
  return typeof wanted === 'object' ? `, which leads to the entity with the role "${wanted[1]}"` : '';
}

/** The time of an event is a due time. */
function missingTime({ entity, fields }: RoleEntity): readonly string[] {
  const { due_date: name = '' }: Readonly<Record<string, string>> = fields;
  const due = entity.fields[name];
  return due?.kind === 'date' && due.timeColumn !== undefined ? [] : [`a timeColumn of ${entity.name}.${name}`];
}

/** A finished task has one of them. */
function missingClosedStatuses({ entity: { name, closedStatuses = [] } }: RoleEntity): readonly string[] {
  return closedStatuses.length > 0 ? [] : [`closedStatuses of ${name}`];
}

/** A problem that is gone gets it. */
function missingFixed(found: RoleEntity): readonly string[] {
  return finishedStatuses(found, 'Fixed').length > 0 ? [] : [`closedStatuses of ${found.entity.name}`];
}

function missingText({ entity, fields }: RoleEntity): readonly string[] {
  return 'content' in fields || 'body' in fields
    ? []
    : [`a field content or body of the role "notes" in ${entity.name}`];
}

function missingOptions(field: 'type', ...options: readonly string[]): RoleNeed['also'] {
  return (found) => {
    const { [field]: name = field }: Readonly<Record<string, string>> = found.fields;
    return options
      .filter((option) => optionIn(found, field as RoleField, option) === undefined)
      .map((option) => `the option "${option}" of ${found.entity.name}.${name}, or its name in roleOptions`);
  };
}

/** Those of the current workspace. */
export const featuresOff = perWorkspace((): readonly FeatureOff[] => featuresOffFor(entities()));

/** A feature whose entities are not all synced is off, whatever is configured. */
export const isOn = (feature: string): boolean => featuresOff().every((off) => off.feature !== feature);

/** The features that are on, and would be off without an entity. */
export const featuresThatNeed = (name: string): readonly string[] =>
  featuresOffFor(entities().filter((entity) => entity.name !== name))
    .map(({ feature }) => feature)
    .filter(isOn);
