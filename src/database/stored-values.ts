import { type Entity, emptyValue, type SyncedField, syncedFields } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import type { Content, LocalWrite, Row } from '../sync/ports.ts';
import { isSameContent, isSameValue } from '../sync/reconcile.ts';
import type { Value } from '../sync/types.ts';
import type { Database } from './client.ts';
import { rowFromJson, type StoredRecord, type StoredState, type StoredValues } from './row-codec.ts';

/** A line of `SAVE_STORED_VALUES`. */
interface StoredValuesLine {
  readonly entity: string;
  readonly record_id: string;
  readonly stored_values: StoredValues | null;
}

export const SAVE_STORED_VALUES = `UPDATE sync_state s SET stored_values = x.stored_values
  FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, stored_values jsonb)
  WHERE s.entity = x.entity AND s.record_id = x.record_id`;

/**
 * Reads written rows back, before their states are saved.
 * @param read as `EntitySql.read`
 * @returns the records whose stored values have changed
 * @throws RecordError when a trigger kept a row from being stored
 */
export async function findStoredValues(
  tx: Database,
  entity: Entity,
  read: string,
  writes: readonly LocalWrite[],
): Promise<readonly StoredValuesLine[]> {
  const written = new Map(writes.filter(({ row, page }) => row ?? page).map((write) => [write.recordId, write]));
  if (written.size === 0) return [];
  const found = await tx.query<StoredRecord>(read, [[...written.keys()]]);
  return found.flatMap((stored) => {
    const write = written.get(stored.record_id);
    const row = rowFromJson(entity, stored);
    if (write?.row && !row) throw notStored(entity, write.row.remoteId);
    if (!write?.state || !row) return [];
    const next = storedValues(entity, write, row, stored.state);
    const before = stored.state?.stored_values ?? null;
    if (isSameStored(before, next)) return [];
    return [{ entity: entity.name, record_id: stored.record_id, stored_values: next }];
  });
}

const notStored = ({ table }: Entity, remoteId: string): RecordError =>
  new RecordError(
    'refused_by_sql',
    `a trigger of the table ${table} kept the row of ${remoteId} from being stored. Change the trigger, or move the page out of the database.`,
  );

/** @param before the state before the write */
function storedValues(
  entity: Entity,
  { row: wanted, state }: LocalWrite,
  row: Row,
  before: StoredState | null,
): StoredValues | null {
  if (!state) return null;
  const kept = before?.stored_values;
  const fields = syncedFields(entity).flatMap(([name, field]): [string, Value][] => {
    const value = row.fields[name] ?? null;
    const held = toColumn(field, value);
    const agreed = toColumn(field, state.base[name]);
    const isWanted = wanted !== undefined && isSameValue(toColumn(field, wanted.fields[name]), agreed);
    const wasKept =
      kept?.fields[name] !== undefined &&
      isSameValue(kept.fields[name], value) &&
      isSameValue(before?.base[name], state.base[name]);
    return (isWanted || wasKept) && !isSameValue(held, agreed) ? [[name, value]] : [];
  });
  const isWanted = wanted?.archived === state.archived;
  const wasKept = kept?.archived === row.archived && before?.archived === state.archived;
  const isArchivalKept = (isWanted || wasKept) && row.archived !== state.archived;
  if (fields.length === 0 && !isArchivalKept) return null;
  return { fields: Object.fromEntries(fields), ...(isArchivalKept ? { archived: row.archived } : {}) };
}

/** A value as its column holds it when it is empty. A column without NOT NULL may also be null. */
const toColumn = (field: SyncedField, value: Value | undefined): Value =>
  value ?? (field.kind === 'title' ? '' : emptyValue(field));

const isSameStored = (a: StoredValues | null, b: StoredValues | null): boolean =>
  a === null || b === null ? a === b : isSameContent(toContent(a), toContent(b)) && a.archived === b.archived;

const toContent = ({ fields, archived = false }: StoredValues): Content => ({ fields, archived });
