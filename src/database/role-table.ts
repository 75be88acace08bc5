import { hasRole, roleOf } from '../definition/features.ts';
import type { RoleEntity, RoleField, RoleName } from '../definition/roles.ts';
import { isBuiltIn } from '../entities/index.ts';
import { literal, quote } from './entity-sql.ts';
import { isActive } from './is-active.ts';

/** The table of a role in SQL. Names are quoted. */
export interface RoleTable<R extends RoleName> extends RoleEntity<R> {
  /** The name of its entity, as a literal. */
  readonly name: string;
  readonly table: string;
  /** All rows, as a table expression. Where no entity has the role, there are none. */
  readonly all: string;
  /** The rows that are neither archived nor closed. */
  readonly open: string;
  /** The rows of `active_<table>`: the open ones, but built-in tasks without those of projects that are not active. */
  readonly active: string;
  /** The condition of `open`, on columns without a prefix. */
  readonly isOpen: string;
  /** A column of the row `t`, or `NULL` where the entity lacks the field. */
  column(field: RoleField<R>, row?: string): string;
  /** A relation as a query for the ids `record` and `linked`; without rows where the entity lacks it. */
  links(field: RoleField<R>): string;
}

const NO_LINKS = '(SELECT NULL::uuid AS record, NULL::uuid AS linked WHERE false)';

/** The table of the entity in a role. */
export function roleTable<R extends RoleName>(role: R): RoleTable<R> {
  const found = roleOf(role);
  const { entity, fields } = found;
  const table = quote(entity.table);
  const rows = (condition: string): string => `(SELECT * FROM ${table} WHERE ${condition})`;
  const isThere = hasRole(role);
  const isOpen = isActive(entity);
  const open = rows(isThere ? isOpen : 'false');
  const nameOf = (field: RoleField<R>): string | undefined => fields[field];

  return {
    ...found,
    ...{ name: literal(entity.name), table, isOpen, open },
    all: isThere ? table : rows('false'),
    active: isThere && isBuiltIn(entity.name) ? quote(`active_${entity.table}`) : open,
    column: (field, row = 't') => columnOrNull(nameOf(field), row),
    links: (field) => {
      const name = nameOf(field);
      const relation = entity.fields[name ?? ''];
      if (!isThere || name === undefined) return NO_LINKS;
      if (relation?.kind === 'relation_one')
        return `(SELECT id AS record, ${quote(name)} AS linked FROM ${table} WHERE ${quote(name)} IS NOT NULL)`;
      if (relation?.kind !== 'relation_many') return NO_LINKS;
      const [own, other] = relation.joinColumns.map(quote);
      return `(SELECT ${own} AS record, ${other} AS linked FROM ${quote(relation.joinTable)})`;
    },
  };
}

/** A column of a row, or `NULL` where there is none. */
export const columnOrNull = (name: string | undefined, row = 't'): string =>
  name === undefined ? 'NULL' : `${row}.${quote(name)}`;
