import type { Entity } from '../entities/define.ts';
import { COMMON_COLUMNS, isReservedTable } from './reserved-words.ts';

/**
 * What is wrong with the old names of an entity and its fields.
 * @param entities all of the definition
 * @param columns the columns of this entity's fields
 * @param taken the names and tables of the built-in entities
 */
export function renameProblem(
  entity: Entity,
  {
    entities,
    columns,
    taken,
  }: Record<'columns' | 'taken', readonly string[]> & { readonly entities: readonly Entity[] },
): string | undefined {
  const { renamedFrom } = entity;
  if (renamedFrom !== undefined) {
    const others = entities.filter((other) => other !== entity);
    if (taken.includes(renamedFrom) || isReservedTable(renamedFrom))
      return `renamedFrom: "${renamedFrom}" is not the name of an entity of yours`;
    if (entities.some(({ name }) => name === renamedFrom) || others.some((other) => other.renamedFrom === renamedFrom))
      return `renamedFrom: "${renamedFrom}" is used by another entity: remove renamedFrom once the rename was migrated`;
  }
  return fieldProblem(entity, columns);
}

function fieldProblem({ fields }: Entity, columns: readonly string[]): string | undefined {
  const names = [...Object.keys(fields), ...columns];
  const old = Object.entries(fields).flatMap(([name, { renamedFrom }]) => (renamedFrom ? [{ name, renamedFrom }] : []));
  for (const { name, renamedFrom } of old) {
    if (COMMON_COLUMNS.has(renamedFrom)) return `fields.${name}: every table has the column "${renamedFrom}" already`;
    const isUsed =
      names.includes(renamedFrom) || old.some((one) => one.renamedFrom === renamedFrom && one.name !== name);
    if (isUsed)
      return `fields.${name}: renamedFrom: "${renamedFrom}" is used by another field: remove renamedFrom once the rename was migrated`;
  }
  return undefined;
}
