import type { Entity, Field } from '../entities/define.ts';
import { tasks } from '../entities/tasks.ts';

interface RoleShape {
  /** The entity that has the role by its name. */
  readonly builtIn: Entity;
  /** What features use besides the title and the status, with the kind of field that holds it. */
  readonly fields: Readonly<Record<string, Field['kind']>>;
}

/** What features work with. An entity has a role by its name, if it is built in, or by its definition. */
export const ROLES = {
  tasks: {
    builtIn: tasks,
    fields: {
      due_date: 'date',
      notes: 'rich_text',
      priority: 'select',
      project_id: 'relation_one',
      completed_at: 'timestamp',
    },
  },
} as const satisfies Readonly<Record<string, RoleShape>>;

export type RoleName = keyof typeof ROLES;
type RoleField<R extends RoleName> = keyof (typeof ROLES)[R]['fields'];

/** An entity in a role. */
export interface RoleEntity<R extends RoleName = RoleName> {
  readonly entity: Entity;
  /** The name of its title field. */
  readonly title: string;
  /** The names of the fields that it has for those of the role. */
  readonly fields: Readonly<Partial<Record<RoleField<R>, string>>>;
}

export const isRoleName = (name: string): name is RoleName => Object.hasOwn(ROLES, name);

/** The role of an entity; most have none. */
export function roleNameOf({ role, name }: Entity): RoleName | undefined {
  if (role !== undefined) return isRoleName(role) ? role : undefined;
  return isRoleName(name) ? name : undefined;
}

/** The entity with a role among these, or undefined. */
export function roleIn<R extends RoleName>(entities: readonly Entity[], role: R): RoleEntity<R> | undefined {
  const entity = entities.find((one) => roleNameOf(one) === role);
  return entity && inRole(entity, role);
}

/** The built-in entity of a role, whose table every database has. */
export const builtInRole = <R extends RoleName>(role: R): RoleEntity<R> => inRole(ROLES[role].builtIn, role);

function inRole<R extends RoleName>(entity: Entity, role: R): RoleEntity<R> {
  const shape: RoleShape = ROLES[role];
  const named = Object.entries(shape.fields).flatMap(([field, kind]) => {
    const name = entity.roleFields?.[field] ?? field;
    return entity.fields[name]?.kind === kind ? [[field, name]] : [];
  });
  // The keys are those of the role's fields.
  const fields = Object.fromEntries(named) as RoleEntity<R>['fields'];
  return { entity, title: titleOf(entity), fields };
}

const titleOf = ({ fields }: Entity): string =>
  Object.entries(fields).find(([, { kind }]) => kind === 'title')?.[0] ?? 'title';

/** What is wrong with the roles of entities, with the name of the entity. */
export function roleProblem(entities: readonly Entity[]): string | undefined {
  for (const entity of entities) {
    const role = roleNameOf(entity);
    const other = entities.find((one) => one !== entity && role !== undefined && roleNameOf(one) === role);
    if (other) return `${entity.name} and ${other.name} both have the role "${role}": only one entity can have it`;
    const problem = fieldsProblem(entity, role);
    if (problem !== undefined) return `${entity.name}: ${problem}`;
  }
  return undefined;
}

function fieldsProblem({ fields, roleFields = {} }: Entity, role: RoleName | undefined): string | undefined {
  for (const [field, name] of Object.entries(roleFields)) {
    if (role === undefined) return 'roleFields needs a role';
    const kinds: RoleShape['fields'] = ROLES[role].fields;
    const kind = kinds[field];
    if (kind === undefined)
      return `roleFields.${field}: the role "${role}" has no such field: use ${Object.keys(kinds).join(', ')}`;
    if (fields[name]?.kind !== kind) return `roleFields.${field}: "${name}" is not a field of the kind ${kind}`;
  }
  return undefined;
}
