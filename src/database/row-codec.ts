import {
  computedFields,
  type DateField,
  type Entity,
  remoteColumns,
  syncedFields,
  type TimestampField,
} from '../entities/define.ts';
import { textToDate } from '../shared/postgresql-time.ts';
import type { ArchiveDirection } from '../sync/brake-port.ts';
import type { Intent, LocalRecord, LocalWrite, Row, SyncState, UnansweredWrite } from '../sync/ports.ts';
import { isSameValue } from '../sync/reconcile.ts';
import { toTemporaryId } from '../sync/temporary-id.ts';
import type { Fields, Json, Value } from '../sync/types.ts';

/** One row of `EntitySql.read`; the objects are PostgreSQL's `to_jsonb`. */
export interface StoredRecord {
  readonly record_id: string;
  readonly row: Readonly<Record<string, Json>> | null;
  readonly links: Readonly<Record<string, Json>> | null;
  readonly state: StoredState | null;
  readonly intent: { attempt: number; started_at: string; closed_at: string | null; sent: Fields } | null;
  readonly edit_seq: bigint | null;
  readonly held: readonly ArchiveDirection[] | null;
}

interface StoredWrite {
  readonly fields: Fields;
  readonly archived?: boolean;
  /** Unset in a row that a version without `late_writes` wrote. */
  readonly sentAt?: string;
  readonly isSentAgain?: true;
}

/** A row of `sync_state`, as PostgreSQL's `to_jsonb` writes it. */
export interface StoredState {
  readonly page_id: string;
  readonly base: Fields;
  readonly archived: boolean;
  readonly trashed: boolean;
  readonly sending: StoredWrite | null;
  readonly late_writes: readonly StoredWrite[];
  readonly status_before_archive: string | null;
  readonly sync_key: string | null;
  readonly page_created_at: string;
  readonly page_edited_at: string;
  readonly body_read_at: string | null;
  readonly unexpressed: readonly string[] | null;
  readonly stored_values: StoredValues | null;
}

/**
 * What a row holds in place of agreed values: a trigger of the owner cut, changed or swallowed them when they were
 * stored. Such a difference is no edit, so the engine sees the agreed values until somebody edits the column.
 */
export interface StoredValues {
  readonly fields: Fields;
  readonly archived?: boolean;
}

/** From PostgreSQL's JSON to the engine's types. */
export function recordFromJson(entity: Entity, stored: StoredRecord): LocalRecord {
  const row = rowFromJson(entity, stored);
  return {
    recordId: stored.record_id,
    row: row && withAgreedValues(row, stored.state),
    state: stored.state && stateFromJson(stored.state),
    intent: stored.intent && intentFromJson(stored.intent),
    editSeq: stored.edit_seq,
    ...(stored.held ? { held: stored.held } : {}),
  };
}

/** The row as PostgreSQL holds it. */
export function rowFromJson(entity: Entity, { row, links }: StoredRecord): Row | null {
  if (!row) return null;
  return {
    remoteId: String(row[remoteColumns(entity).id] ?? toTemporaryId(String(row.id))),
    fields: Object.fromEntries(
      syncedFields(entity).map(([name]) => [name, fieldFromJson(entity, name, row, links ?? {})]),
    ),
    computed: Object.fromEntries(
      computedFields(entity).map(([name, { as }]) => [
        name,
        as === 'timestamp' ? instant(row[name]) : scalar(row[name]),
      ]),
    ),
    archived: row.archived_at !== null,
    editedAt: typeof row.sql_local_last_edited_at === 'string' ? textToDate(row.sql_local_last_edited_at) : null,
  };
}

/** The row with the agreed values wherever it still holds what was stored in their place. */
function withAgreedValues(row: Row, state: StoredState | null): Row {
  if (!state?.stored_values) return row;
  const { fields, archived } = state.stored_values;
  const agreed = Object.entries(fields)
    .filter(([name, value]) => isSameValue(row.fields[name], value))
    .map(([name]) => [name, state.base[name] ?? null]);
  return {
    ...row,
    fields: { ...row.fields, ...Object.fromEntries(agreed) },
    archived: archived === row.archived ? state.archived : row.archived,
  };
}

function fieldFromJson(
  entity: Entity,
  name: string,
  row: Readonly<Record<string, Json>>,
  links: Readonly<Record<string, Json>>,
): Value {
  const field = entity.fields[name];
  const value = row[name] ?? null;
  switch (field?.kind) {
    case 'relation_one':
    case 'relation_many':
      return links[name] as Value;
    case 'date': {
      const time = field.timeColumn ? row[field.timeColumn] : null;
      const start = typeof value === 'string' && typeof time === 'string' ? `${value}T${time.slice(0, 8)}` : value;
      return field.endColumn === undefined ? scalar(start) : range(start, row[field.endColumn] ?? null);
    }
    case 'timestamp':
      return field.endColumn === undefined ? instant(value) : range(instant(value), instant(row[field.endColumn]));
    case 'multi_select':
    case 'people':
    case 'files':
      return Array.isArray(value) ? textsIn(value) : null;
    default:
      return scalar(value);
  }
}

/** A column's value; except for links, every column holds a `Value`. */
const scalar = (value: Json | undefined): Value => (value ?? null) as Value;

/** A start and its end. An end without a start is no date, and is refused when it is sent. */
const range = (start: Json, end: Json): Value => (end === null ? scalar(start) : `${start ?? ''}/${end}`);

/** The elements of an array of any dimension, without nulls. */
const textsIn = (value: Json): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.flatMap(textsIn) : [];

const instant = (value: Json | undefined): Value =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : scalar(value);

const writeFromJson = ({ sentAt, ...write }: StoredWrite): UnansweredWrite => ({
  ...write,
  sentAt: new Date(sentAt ?? 0),
});

export const stateFromJson = (state: StoredState): SyncState => ({
  remoteId: state.page_id,
  base: state.base,
  archived: state.archived,
  trashed: state.trashed,
  sending: state.sending && writeFromJson(state.sending),
  lateWrites: state.late_writes.map(writeFromJson),
  statusBeforeArchive: state.status_before_archive,
  syncKey: state.sync_key,
  remoteCreatedAt: new Date(state.page_created_at),
  remoteEditedAt: new Date(state.page_edited_at),
  bodyReadAt: state.body_read_at === null ? null : new Date(state.body_read_at),
  ...(state.unexpressed ? { unexpressed: state.unexpressed } : {}),
});

const intentFromJson = (intent: NonNullable<StoredRecord['intent']>): Intent => ({
  attempt: intent.attempt,
  startedAt: new Date(intent.started_at),
  closedAt: intent.closed_at === null ? null : new Date(intent.closed_at),
  sent: intent.sent,
});

/** A row for `EntitySql.upsert`. */
export function rowToJson(
  entity: Entity,
  recordId: string,
  row: NonNullable<LocalWrite['row']>,
): Record<string, unknown> {
  const columns = syncedFields(entity).flatMap(([name, field]): [string, Value][] => {
    const value = row.fields[name] ?? null;
    if (field.kind === 'relation_one' || field.kind === 'relation_many') return [];
    if (field.kind === 'date' || field.kind === 'timestamp') return dateColumns(name, field, value);
    return [[name, value]];
  });
  return {
    id: recordId,
    page_id: row.remoteId,
    edited_at: row.remoteEditedAt,
    created_at: row.createdAt,
    archived: row.archived,
    ...Object.fromEntries(columns),
  };
}

function dateColumns(name: string, field: DateField | TimestampField, value: Value): [string, Value][] {
  const text = typeof value === 'string' ? value : null;
  const [from = null, end = null] = field.endColumn === undefined ? [text] : (text?.split('/') ?? []);
  const timeColumn = field.kind === 'date' ? field.timeColumn : undefined;
  const [start = null, time = null] = timeColumn === undefined ? [from] : (from?.split('T') ?? []);
  return [
    [name, start || null],
    ...(timeColumn === undefined ? [] : [[timeColumn, time] as [string, Value]]),
    ...(field.endColumn === undefined ? [] : [[field.endColumn, end] as [string, Value]]),
  ];
}

export const stateToJson = (entity: Entity, recordId: string, state: SyncState): object => ({
  entity: entity.name,
  record_id: recordId,
  page_id: state.remoteId,
  base: state.base,
  archived: state.archived,
  trashed: state.trashed,
  sending: state.sending,
  late_writes: state.lateWrites,
  status_before_archive: state.statusBeforeArchive,
  sync_key: state.syncKey,
  page_created_at: state.remoteCreatedAt,
  page_edited_at: state.remoteEditedAt,
  body_read_at: state.bodyReadAt,
  unexpressed: state.unexpressed ?? null,
});
