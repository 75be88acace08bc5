import type { Database } from '../../database/client.ts';
import { type EntitySql, entitySql, quote } from '../../database/entity-sql.ts';
import type { StoredRecord } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { entitiesOf, type StoredConflict } from './conflicts.ts';

/** Whether a conflict's versions and its row are small enough to be compared in a page. */
export async function isComparable(database: Database, conflict: StoredConflict, maxBytes: number): Promise<boolean> {
  const tables = [...new Set(entitiesOf(conflict).map(({ table }) => table))];
  const [row] = await database.query<{ bytes: number }>(
    `SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM (
       SELECT octet_length(notion_version::text) + octet_length(sql_version::text) AS bytes FROM sync_conflicts WHERE id = $1::uuid
       ${tables.map((table) => `UNION ALL SELECT octet_length(t::text) FROM ${quote(table)} t WHERE id = $2::uuid`).join(' ')}) sizes`,
    [conflict.id, conflict.recordId],
  );
  return (row?.bytes ?? 0) <= maxBytes;
}

type ReadStored = (sql: EntitySql, entity: Entity) => Promise<StoredRecord | undefined>;

/** The row of a conflict. @throws FinalError when it does not exist, or is only read */
export async function readRow(
  conflict: StoredConflict,
  read: ReadStored,
): Promise<{ entity: Entity; stored: StoredRecord }> {
  for (const entity of entitiesOf(conflict)) {
    const stored = await read(entitySql(entity), entity);
    if (!stored?.row) continue;
    if (entity !== workCalendar) return { entity, stored };
    throw new FinalError('work_calendar', 'the work calendar is read-only: make the change in Google Calendar');
  }
  throw new FinalError(
    'row_gone',
    `${conflict.entity} has no row ${conflict.recordId}; the next cycle restores a deleted row: try again then`,
  );
}
