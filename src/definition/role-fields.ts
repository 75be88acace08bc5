import type { RoleEntity, RoleField, RoleName } from './roles.ts';

/** Values by column, of those by field of the role that the entity has; without the undefined ones. */
export function toColumns<R extends RoleName, Values extends Partial<Record<RoleField<R>, unknown>>>(
  { fields }: RoleEntity<R>,
  values: Values,
): Readonly<Record<string, Exclude<Values[keyof Values], undefined>>> {
  const known = Object.entries(values).flatMap(([field, value]) => {
    const column = columnOf(fields, field);
    return column === undefined || value === undefined ? [] : [[column, value]];
  });
  // Object.entries loses the type of the values.
  return Object.fromEntries(known) as Record<string, Exclude<Values[keyof Values], undefined>>;
}

const columnOf = (fields: Readonly<Record<string, string | undefined>>, field: string): string | undefined =>
  fields[field];

/** The options that a field of the role has. */
export function optionsIn<R extends RoleName>(
  { entity, fields }: RoleEntity<R>,
  field: RoleField<R>,
): readonly string[] {
  const found = entity.fields[columnOf(fields, String(field)) ?? ''];
  return found?.kind === 'select' ? found.options : [];
}

/** The option of the entity that means this one of the role; undefined where it has none. */
export function optionIn<R extends RoleName>(
  found: RoleEntity<R>,
  field: RoleField<R>,
  option: string,
): string | undefined {
  const meant = found.entity.roleOptions?.[String(field)]?.[option] ?? option;
  return optionsIn(found, field).includes(meant) ? meant : undefined;
}

/** The statuses of a finished record: `closedStatuses`, or else the one that means this option of the role. */
export function finishedStatuses<R extends RoleName>(found: RoleEntity<R>, option: string): readonly string[] {
  const { closedStatuses = [] } = found.entity;
  const meant = optionIn(found, 'status', option);
  return closedStatuses.length > 0 || meant === undefined ? closedStatuses : [meant];
}

/** The columns of a date. */
export interface DateColumns {
  readonly day: string;
  readonly time: string | undefined;
  readonly end: string | undefined;
}

/** The columns of a date of the role; undefined where the entity has none. */
export function dateIn<R extends RoleName>(
  { entity, fields }: RoleEntity<R>,
  field: RoleField<R>,
): DateColumns | undefined {
  const day = columnOf(fields, String(field));
  const found = entity.fields[day ?? ''];
  return day !== undefined && found?.kind === 'date'
    ? { day, time: found.timeColumn, end: found.endColumn }
    : undefined;
}
