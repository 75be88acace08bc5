import type { Entity } from '../entities/define.ts';
import type { RoleShape } from './roles.ts';

interface NamedShape extends RoleShape {
  readonly role: string;
}

/** What is wrong with the names that an entity gives to the fields and options of its role. */
export function roleProblemOf(entity: Entity, shape: NamedShape | undefined): string | undefined {
  for (const key of ['roleFields', 'roleOptions'] as const) {
    if (entity[key] !== undefined && shape === undefined) return `${key} needs a role`;
  }
  return shape && (fieldsProblem(entity, shape) ?? optionsProblem(entity, shape));
}

function fieldsProblem({ fields, roleFields = {} }: Entity, { role, ...shape }: NamedShape): string | undefined {
  for (const [field, name] of Object.entries(roleFields)) {
    const wanted = Object.hasOwn(shape.fields, field) ? shape.fields[field] : undefined;
    if (wanted === undefined)
      return `roleFields.${field}: the role "${role}" has no such field: use ${Object.keys(shape.fields).join(', ')}`;
    const kind = typeof wanted === 'string' ? wanted : wanted[0];
    if (fields[name]?.kind !== kind) return `roleFields.${field}: "${name}" is not a field of the kind ${kind}`;
  }
  return undefined;
}

function optionsProblem({ fields, ...entity }: Entity, { role, builtIn }: NamedShape): string | undefined {
  for (const [field, names] of Object.entries(entity.roleOptions ?? {})) {
    const known = builtIn.fields[field];
    const name = entity.roleFields?.[field] ?? field;
    const own = fields[name];
    if (known?.kind !== 'select') return `roleOptions.${field}: the role "${role}" has no such field with options`;
    if (own?.kind !== 'select') return `roleOptions.${field}: "${name}" is not a field of the kind select`;
    for (const [option, meant] of Object.entries(names)) {
      if (!known.options.includes(option))
        return `roleOptions.${field}: the role "${role}" has no option "${option}": use ${known.options.join(', ')}`;
      if (!own.options.includes(meant)) return `roleOptions.${field}.${option}: "${meant}" is no option of ${name}`;
    }
  }
  return undefined;
}
