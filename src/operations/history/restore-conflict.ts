import { createHash } from 'node:crypto';
import { type Database, transaction } from '../../database/client.ts';
import { type EntitySql, entitySql, quote } from '../../database/entity-sql.ts';
import { recordFromJson, type StoredRecord } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import { type Entity, syncedFields } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { requireNamed } from '../../shared/require-named.ts';
import type { Content } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import type { Fields, Value } from '../../sync/types.ts';
import { entitiesOf, resolveConflict, type StoredConflict } from './conflicts.ts';
import { readLockedRecord, replaceTemporaryIds, writeVersion } from './write-version.ts';

/** A field that the losing version would change, `archived` included. */
export interface RestorableField {
  readonly name: string;
  readonly current: Value;
  readonly losing: Value;
  /** The field was edited after the conflict: its value differs from the winning one. */
  readonly isChangedSince: boolean;
}

export interface RestorePlan {
  readonly fields: readonly RestorableField[];
  /** Differs as soon as one of these fields is edited. */
  readonly digest: string;
}

export interface RestoreOptions {
  /** By default, all fields of the losing version. */
  readonly fields?: readonly string[];
  /** Of the plan that a person has seen. */
  readonly digest?: string;
}

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

/** What the losing version would change now. @throws FinalError when the row does not exist, or is only read */
export async function planRestore(database: Database, conflict: StoredConflict): Promise<RestorePlan> {
  const { entity, stored } = await readRow(conflict, async ({ read }) => {
    const [found] = await database.query<StoredRecord>(read, [[conflict.recordId]]);
    return found;
  });
  return planOf(database, entity, stored, conflict);
}

/**
 * Restores the losing version in the row, or some of its fields, as a user's edit, so that it syncs. The conflict is
 * resolved.
 * @returns the names of the changed fields, `archived` included
 * @throws FinalError when the conflict is resolved already, the row does not exist, a field is unknown, or the row is
 * another than the one that was seen
 */
export function restoreConflict(
  database: Database,
  conflict: StoredConflict,
  { fields, digest }: RestoreOptions = {},
): Promise<readonly string[]> {
  return transaction(database, { as: 'user' }, async (tx) => {
    // This also locks out a second restore.
    if (!(await resolveConflict(tx, conflict))) {
      const { id } = conflict;
      throw new FinalError('conflict_settled', `conflict ${id} is resolved already: nothing was changed`);
    }
    const { entity, stored } = await readRow(conflict, (_, entity) => readLockedRecord(tx, entity, conflict.recordId));
    const losing = losingVersion(conflict);
    if (digest !== undefined && (await planOf(tx, entity, stored, conflict)).digest !== digest) {
      throw new FinalError('changed_since', 'the record was edited while you looked at it: read it again');
    }
    return writeVersion(tx, entity, stored, fields ? chosenOf(losing, fields, entity, stored) : losing);
  });
}

async function planOf(
  database: Database,
  entity: Entity,
  stored: StoredRecord,
  conflict: StoredConflict,
): Promise<RestorePlan> {
  const current = valuesOf(recordFromJson(entity, stored).row);
  const losing = await replaceTemporaryIds(database, entity, valuesOf(losingVersion(conflict)));
  const winning = await replaceTemporaryIds(database, entity, valuesOf(winningVersion(conflict)));
  const known = new Set([...syncedFields(entity).map(([name]) => name), 'archived']);
  const fields = Object.entries(losing).flatMap(([name, value]): RestorableField[] => {
    const now = current[name] ?? null;
    if (!known.has(name) || isSameValue(now, value)) return [];
    return [{ name, current: now, losing: value, isChangedSince: !isSameValue(now, winning[name] ?? null) }];
  });
  return { fields, digest: createHash('sha256').update(JSON.stringify(fields)).digest('base64url') };
}

export const valuesOf = (content: Content | null): Fields =>
  content ? { ...content.fields, archived: content.archived } : {};

/** The losing version with the row's own values in the other fields. @throws FinalError `unknown_field` */
function chosenOf(losing: Content, names: readonly string[], entity: Entity, stored: StoredRecord): Content {
  const all = Object.entries(valuesOf(losing)).map(([name, value]) => ({ name, value }));
  const chosen = new Map(names.map((name) => [name, requireNamed('field', name, all).value]));
  const { row } = recordFromJson(entity, stored);
  const archived = chosen.has('archived') ? losing.archived : (row?.archived ?? losing.archived);
  chosen.delete('archived');
  return { fields: Object.fromEntries(chosen), archived };
}

type ReadStored = (sql: EntitySql, entity: Entity) => Promise<StoredRecord | undefined>;

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

export const winningVersion = ({ winner, remote, sql }: StoredConflict): Content | null =>
  winner === 'sql' ? sql : remote;

function losingVersion({ id, winner, remote, sql }: StoredConflict): Content {
  const version = winner === 'sql' ? remote : sql;
  if (version) return version;
  throw new FinalError('version_missing', `conflict ${id} has no losing version to restore`);
}
