import type { Entity } from '../entities/define.ts';
import { notes } from '../entities/notes.ts';
import { projects } from '../entities/projects.ts';
import { systemFixes } from '../entities/system-fixes.ts';
import { systemUpgrades } from '../entities/system-upgrades.ts';
import { tags } from '../entities/tags.ts';
import { tasks } from '../entities/tasks.ts';
import { entities } from './index.ts';
import { builtInRole, type RoleEntity, type RoleName, roleIn } from './roles.ts';

/** Features that work with an entity in a role, and the fields of the role that they need. */
const ROLE_NEEDS = {
  'task-events': { role: 'tasks', fields: ['due_date'], also: missingTime },
  'life-cycle': { role: 'tasks', fields: [], also: missingClosedStatuses },
} as const satisfies Readonly<Record<string, RoleNeed>>;

/** The built-in entities whose tables a feature works with. Features that are not listed need none. */
const NEEDS = {
  para: [tags],
  'context-files': [projects, tags, tasks, notes],
  'gmail-labels': [projects],
  'health-checks': [systemFixes],
  'session-notes': [notes, systemUpgrades],
  'notes-distribute': [notes, projects],
} as const satisfies Readonly<Record<string, readonly Entity[]>>;

/** The names of entities that are needed and not synced. */
export const missingEntities = (needed: readonly Entity[], synced = entities): readonly string[] =>
  needed.flatMap(({ name }) => (synced.some((entity) => entity.name === name) ? [] : [name]));

export const hasRole = (role: RoleName): boolean => roleIn(entities, role) !== undefined;

/**
 * The entity in a role. Without one, what works with it is off, and this is the built-in entity, whose table every
 * database has.
 */
export const roleOf = <R extends RoleName>(role: R): RoleEntity<R> => roleIn(entities, role) ?? builtInRole(role);

/** A feature that is off, with what would turn it on. */
export interface FeatureOff {
  readonly feature: string;
  readonly missing: readonly string[];
}

/** The features that these entities leave off. */
export const featuresOffFor = (synced: readonly Entity[]): readonly FeatureOff[] =>
  [
    ...Object.entries(ROLE_NEEDS).map(([feature, need]) => ({ feature, missing: missingOfRole(synced, need) })),
    ...Object.entries(NEEDS).map(([feature, needed]) => ({ feature, missing: missingEntities(needed, synced) })),
  ].filter(({ missing }) => missing.length > 0);

interface RoleNeed {
  readonly role: RoleName;
  /** Fields of the role. */
  readonly fields: readonly (keyof RoleEntity['fields'])[];
  /** What else the entity lacks. */
  readonly also: (found: RoleEntity) => readonly string[];
}

function missingOfRole(synced: readonly Entity[], { role, fields, also }: RoleNeed): readonly string[] {
  const found = roleIn(synced, role);
  const names = fields.length === 0 ? '' : ` (with ${fields.join(', ')})`;
  if (!found) return [`an entity with the role "${role}"${names}`];
  const missing = fields.filter((field) => found.fields[field] === undefined);
  if (missing.length === 0) return also(found);
  return missing.map((field) => `a field ${field} of the role "${role}" in ${found.entity.name}`);
}

/** The time of an event is a due time. */
function missingTime({ entity, fields: { due_date: name = '' } }: RoleEntity): readonly string[] {
  const due = entity.fields[name];
  return due?.kind === 'date' && due.timeColumn !== undefined ? [] : [`a timeColumn of ${entity.name}.${name}`];
}

/** A finished task has one of them. */
function missingClosedStatuses({ entity: { name, closedStatuses = [] } }: RoleEntity): readonly string[] {
  return closedStatuses.length > 0 ? [] : [`closedStatuses of ${name}`];
}

export const featuresOff: readonly FeatureOff[] = featuresOffFor(entities);

/** A feature whose entities are not all synced is off, whatever is configured. */
export const isOn = (feature: string): boolean => featuresOff.every((off) => off.feature !== feature);

/** The features that are on, and would be off without an entity. */
export const featuresThatNeed = (name: string): readonly string[] =>
  featuresOffFor(entities.filter((entity) => entity.name !== name))
    .map(({ feature }) => feature)
    .filter(isOn);
