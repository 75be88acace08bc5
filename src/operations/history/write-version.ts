import type { Database } from '../../database/client.ts';
import { entitySql, quote } from '../../database/entity-sql.ts';
import { recordFromJson, rowToJson, type StoredRecord } from '../../database/row-codec.ts';
import { lockRows } from '../../database/row-locks.ts';
import { type Entity, relationFields, remoteColumns, syncedFields } from '../../entities/define.ts';
import type { Content, Row } from '../../sync/ports.ts';
import { changedFields } from '../../sync/reconcile.ts';
import { isTemporaryId, TEMPORARY_ID_PREFIX } from '../../sync/temporary-id.ts';
import type { Fields, Value } from '../../sync/types.ts';
import { pageIdsIn } from './conflicts.ts';

/** Everything known about a record, its row locked. */
export async function readLockedRecord(
  tx: Database,
  entity: Entity,
  recordId: string,
): Promise<StoredRecord | undefined> {
  await lockRows(tx, entity.table, [recordId], 'wait');
  const [stored] = await tx.query<StoredRecord>(entitySql(entity).read, [[recordId]]);
  return stored;
}

/**
 * Writes the version to the row, as a user's edit, so that it syncs. Fields that it lacks stay unchanged.
 * @returns the names of the changed fields, `archived` included
 */
export async function writeVersion(
  tx: Database,
  entity: Entity,
  stored: StoredRecord,
  version: Content,
): Promise<readonly string[]> {
  const { row } = recordFromJson(entity, stored);
  if (!row || !stored.row) return [];
  const known = new Set(syncedFields(entity).map(([name]) => name));
  const kept = Object.entries(version.fields).filter(([name]) => known.has(name));
  const next: Row = {
    ...row,
    fields: { ...row.fields, ...(await replaceTemporaryIds(tx, entity, Object.fromEntries(kept))) },
    archived: version.archived,
  };
  const changed = [...changedFields(row.fields, next.fields), ...(row.archived === next.archived ? [] : ['archived'])];
  if (changed.length > 0) await writeRow(tx, entity, stored.row, next);
  return changed;
}

async function writeRow(
  tx: Database,
  entity: Entity,
  stored: NonNullable<StoredRecord['row']>,
  row: Row,
): Promise<void> {
  const sql = entitySql(entity);
  const run = (statement: string, line: object) => tx.execute(statement, [JSON.stringify([line])]);
  const id = String(stored.id);
  const createdAt = new Date(String(stored.created_at));
  const columns = remoteColumns(entity);
  await run(sql.upsert, {
    ...rowToJson(entity, id, { ...row, createdAt, remoteEditedAt: createdAt }),
    // The row keeps its link to its page.
    page_id: stored[columns.id] ?? null,
    edited_at: stored[columns.editedAt] ?? null,
  });
  for (const { field, sql: statement } of sql.links) await run(statement, { id, pages: row.fields[field] ?? [] });
  for (const { field, sql: statement } of sql.link) await run(statement, { id, page: row.fields[field] ?? null });
  // A pending link changes no table that has a trigger.
  await tx.execute(
    `UPDATE ${quote(entity.table)} SET sql_local_last_edited_at = clock_timestamp() WHERE id = $1::uuid`,
    [id],
  );
}

/** A version may name linked rows by temporary ids that have been replaced since. */
export async function replaceTemporaryIds(tx: Database, entity: Entity, fields: Fields): Promise<Fields> {
  const current: Record<string, Value> = { ...fields };
  for (const [name, { to }] of relationFields(entity)) {
    const value = fields[name];
    const temporary = pageIdsIn(value).filter(isTemporaryId);
    if (temporary.length === 0) continue;
    const found = await tx.query<{ temporary_id: string; page_id: string }>(
      `SELECT x.id AS temporary_id, r.notion_page_id AS page_id FROM unnest($1::text[]) AS x(id)
         LEFT JOIN creation_intents i ON i.entity = $2 AND i.temporary_id = x.id
         JOIN ${quote(to)} r ON r.id = i.record_id OR '${TEMPORARY_ID_PREFIX}' || r.id = x.id`,
      [temporary, to],
    );
    const pageOf = new Map(found.map(({ temporary_id, page_id }) => [temporary_id, page_id]));
    const replaced = pageIdsIn(value).map((pageId) => pageOf.get(pageId) ?? pageId);
    current[name] = typeof value === 'string' ? (replaced[0] ?? null) : replaced.sort();
  }
  return current;
}
