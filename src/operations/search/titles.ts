import type { Database } from '../../database/client.ts';
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

/** The titles of all records that are not archived. */
export const titlesOf = (reading: Pick<Database, 'query'>, entities: readonly Entity[]): Promise<Titled[]> =>
  reading.query<Titled>(entities.map((entity) => titlesStatement(entity)).join(' UNION ALL '));

/** @param more conditions on the row `t`, and its order and limit */
export function titlesStatement(entity: Entity, more = ''): string {
  const { table, only, archivedStatus } = entity;
  const hasStatus = 'status' in entity.fields;
  const conditions = [
    'archived_at IS NULL',
    ...(only ? [`${quote(only.column)} = ${literal(only.value)}`] : []),
    ...(hasStatus && archivedStatus ? [`status IS DISTINCT FROM ${literal(archivedStatus)}`] : []),
  ];
  return `SELECT ${literal(nameOf(entity))} AS entity, id, ${clippedText(titleExpression(entity))} AS title,
                 ${hasStatus ? clippedText('status') : 'NULL'} AS status
            FROM ${quote(table)} t WHERE ${conditions.join(' AND ')}${more}`;
}

/** The title of a row, never null. */
export const titleExpression = (entity: Entity): string => `coalesce(${quote(titleField(entity))}, '')`;
