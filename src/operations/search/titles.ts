import { clippedText } from '../../database/clipped-text.ts';
import { literal, quote } from '../../database/entity-sql.ts';
import { nameOf } from '../../definition/named-entities.ts';
import { type Entity, titleField } from '../../entities/define.ts';

/** A record, with the status that distinguishes it from others of the same title. */
export interface Titled {
  /** As `nameOf` names it: the two calendars share one name. */
  readonly entity: string;
  readonly id: string;
  readonly title: string;
  readonly status: string | null;
}

/**
 * The titles of records that are not archived.
 * @param more their order and limit
 */
export function titlesStatement(entity: Entity, more: string): string {
  const { table, only, archivedStatus } = entity;
  const conditions = [
    'archived_at IS NULL',
    ...(only ? [`${quote(only.column)} = ${literal(only.value)}`] : []),
    ...(archivedStatus && hasStatus(entity) ? [`status IS DISTINCT FROM ${literal(archivedStatus)}`] : []),
  ];
  return `SELECT ${titledColumns(entity)} FROM ${quote(table)} t WHERE ${conditions.join(' AND ')}${more}`;
}

/** The columns of a `Titled`. */
export const titledColumns = (entity: Entity): string =>
  `${literal(nameOf(entity))} AS entity, id, ${clippedText(titleExpression(entity))} AS title,
   ${hasStatus(entity) ? clippedText('status') : 'NULL'} AS status`;

const hasStatus = ({ fields }: Entity): boolean => 'status' in fields;

/** The title of a row, never null. */
export const titleExpression = (entity: Entity): string => `coalesce(${quote(titleField(entity))}, '')`;
