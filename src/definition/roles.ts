import type { Entity, Field } from '../entities/define.ts';
import { games } from '../entities/games.ts';
import { goals } from '../entities/goals.ts';
import { media } from '../entities/media.ts';
import { notes } from '../entities/notes.ts';
import { people } from '../entities/people.ts';
import { projects } from '../entities/projects.ts';
import { systemFixes } from '../entities/system-fixes.ts';
import { systemUpgrades } from '../entities/system-upgrades.ts';
import { tags } from '../entities/tags.ts';
import { tasks } from '../entities/tasks.ts';
import { roleProblemOf } from './check-roles.ts';

/** The kind of a field, or a relation with the entity that has another role. */
export type RoleFieldShape = Field['kind'] | readonly [kind: 'relation_one' | 'relation_many', to: string];

export interface RoleShape {
  /** The entity that has the role by its name. */
  readonly builtIn: Entity;
  /** What features use besides the title and the status. */
  readonly fields: Readonly<Record<string, RoleFieldShape>>;
}

/** What features work with. An entity has a role by its name, if it is built in, or by its definition. */
export const ROLES = {
  tasks: {
    builtIn: tasks,
    fields: {
      due_date: 'date',
      notes: 'rich_text',
      priority: 'select',
      project_id: ['relation_one', 'projects'],
      tags: ['relation_many', 'tags'],
      completed_at: 'timestamp',
    },
  },
  projects: {
    builtIn: projects,
    fields: { type: 'select', start_date: 'date', target_date: 'date', tags: ['relation_many', 'tags'] },
  },
  tags: { builtIn: tags, fields: { type: 'select', parent_id: ['relation_one', 'tags'] } },
  notes: {
    builtIn: notes,
    fields: {
      content: 'rich_text',
      body: 'body',
      type: 'select',
      project_id: ['relation_one', 'projects'],
      tags: ['relation_many', 'tags'],
    },
  },
  people: {
    builtIn: people,
    fields: {
      email: 'email',
      phone: 'phone_number',
      relationship: 'select',
      projects: ['relation_many', 'projects'],
      tags: ['relation_many', 'tags'],
    },
  },
  goals: {
    builtIn: goals,
    fields: { progress: 'number', target_date: 'date', related_projects: ['relation_many', 'projects'] },
  },
  media: {
    builtIn: media,
    fields: {
      ...{ type: 'select', year: 'number', rating: 'number', notes: 'rich_text' },
      ...{ tmdb_id: 'number', poster_url: 'url' },
    },
  },
  games: {
    builtIn: games,
    fields: {
      ...{ platform: 'select', rating: 'number', hours_played: 'number', notes: 'rich_text' },
      ...{ rawg_id: 'number', cover_url: 'url' },
    },
  },
  system_fixes: {
    builtIn: systemFixes,
    fields: {
      ...{ description: 'rich_text', steps_to_reproduce: 'rich_text', affected_component: 'rich_text' },
      ...{ priority: 'select', category: 'select', source: 'select', resolution_notes: 'rich_text' },
    },
  },
  system_upgrades: {
    builtIn: systemUpgrades,
    fields: { description: 'rich_text', priority: 'select', category: 'select', source: 'select' },
  },
} as const satisfies Readonly<Record<string, RoleShape>>;

export type RoleName = keyof typeof ROLES;
/** A field of a role. Its title and its status have these names in every role. */
export type RoleField<R extends RoleName = RoleName> = keyof (typeof ROLES)[R]['fields'] | 'title' | 'status';

/** An entity in a role. */
export interface RoleEntity<R extends RoleName = RoleName> {
  readonly role: R;
  readonly entity: Entity;
  /** The names of the fields that it has for those of the role. */
  readonly fields: Readonly<{ title: string } & Partial<Record<RoleField<R>, string>>>;
}

const isRoleName = (name: string): name is RoleName => Object.hasOwn(ROLES, name);

/** The role of an entity; most have none. */
export function roleNameOf({ role, name }: Entity): RoleName | undefined {
  if (role !== undefined) return isRoleName(role) ? role : undefined;
  return isRoleName(name) ? name : undefined;
}

/** The entity with a role among these, or undefined. */
export function roleIn<R extends RoleName>(entities: readonly Entity[], role: R): RoleEntity<R> | undefined {
  const entity = entities.find((one) => roleNameOf(one) === role);
  return entity && inRole(entity, role, entities);
}

const builtInEntities: readonly Entity[] = Object.values(ROLES).map(({ builtIn }) => builtIn);

/** The built-in entity of a role, whose table every database has. */
export const builtInRole = <R extends RoleName>(role: R): RoleEntity<R> =>
  inRole(ROLES[role].builtIn, role, builtInEntities);

function inRole<R extends RoleName>(entity: Entity, role: R, entities: readonly Entity[]): RoleEntity<R> {
  const shape: RoleShape = ROLES[role];
  const named = Object.entries(shape.fields).flatMap(([field, wanted]) => {
    const name = entity.roleFields?.[field] ?? field;
    return isFieldFor(wanted, entity.fields[name], entities) ? [[field, name]] : [];
  });
  const status = entity.fields.status?.kind === 'select' ? [['status', 'status']] : [];
  // The keys are those of the role's fields.
  const fields = Object.fromEntries([['title', titleOf(entity)], ...status, ...named]) as RoleEntity<R>['fields'];
  return { role, entity, fields };
}

/** A relation counts only if it leads to the entity with the other role. */
function isFieldFor(wanted: RoleFieldShape, field: Field | undefined, entities: readonly Entity[]): boolean {
  if (typeof wanted === 'string') return field?.kind === wanted;
  const [kind, role] = wanted;
  if (field?.kind !== kind || !('to' in field)) return false;
  const target = entities.find(({ name }) => name === field.to);
  return target !== undefined && roleNameOf(target) === role;
}

const titleOf = ({ fields }: Entity): string =>
  Object.entries(fields).find(([, { kind }]) => kind === 'title')?.[0] ?? 'title';

/** What is wrong with the roles of entities, with the name of the entity. */
export function roleProblem(entities: readonly Entity[]): string | undefined {
  for (const entity of entities) {
    const role = roleNameOf(entity);
    const other = entities.find((one) => one !== entity && role !== undefined && roleNameOf(one) === role);
    if (other) return `${entity.name} and ${other.name} both have the role "${role}": only one entity can have it`;
    const problem = roleProblemOf(entity, role === undefined ? undefined : { role, ...ROLES[role] });
    if (problem !== undefined) return `${entity.name}: ${problem}`;
  }
  return undefined;
}
