import { type Database, raw, sql } from '../../database/client.ts';
import { comparableJson } from '../../database/clipped-json.ts';
import { entitySql } from '../../database/entity-sql.ts';
import { recordFromJson, type StoredRecord } from '../../database/row-codec.ts';
import { allEntities, nameOf } from '../../definition/named-entities.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { requireNamed } from '../../shared/require-named.ts';
import type { Content, LocalRecord, Row } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import type { Value } from '../../sync/types.ts';
import { blameFields, type FieldBlame, fieldOf } from './blame.ts';
import { readLatestOfRecord, type StoredChange } from './changes.ts';
import { readTitlesOfLinks } from './conflicts.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A record with its row, and long texts cut. */
export interface PresentRecord extends LocalRecord {
  readonly row: Row;
}

/** One field on both sides, and who last set it. */
export interface FieldHistory extends FieldBlame {
  /** The value that was last agreed with the other side; undefined before the first sync. */
  readonly agreed: Value | undefined;
  readonly isSynced: boolean;
}

export interface RecordHistory {
  readonly entity: Entity;
  readonly record: PresentRecord;
  readonly title: string;
  readonly fields: readonly FieldHistory[];
  /** Newest first. */
  readonly changes: readonly StoredChange[];
  readonly hasMoreChanges: boolean;
  /** Titles of linked rows, by page id. */
  readonly titles: ReadonlyMap<string, string>;
}

export interface RecordLimits {
  readonly changes: number;
  /** The number of characters that are read of each text of the row, and of each change. */
  readonly maxText: number;
  readonly maxChangeText: number;
}

/**
 * A record on both sides, with its latest changes. Its size is limited, whatever the row holds.
 * @param named an entity; `nameOf` of it is enough, although the two calendars share one name
 * @throws FinalError when there is no such entity or row
 */
export async function readRecordHistory(
  database: Database,
  named: string,
  id: string,
  limits: RecordLimits,
): Promise<RecordHistory> {
  const { entity, record } = await readPresentRecord(database, named, id, limits.maxText);
  const found = await readLatestOfRecord(database, entity.name, record.recordId, {
    limit: limits.changes + 1,
    maxText: limits.maxChangeText,
  });
  const { row, state } = record;
  const agreed = state && { fields: state.base, archived: state.archived };
  const changes = found.slice(-limits.changes).toReversed();
  const versions: (Content | null)[] = [row, agreed, ...changes.flatMap(({ before, after }) => [before, after])];
  return {
    ...{ entity, record, changes, hasMoreChanges: found.length > changes.length },
    title: String(row.fields[titleField(entity)] || '(untitled)'),
    fields: blameFields(entity, record, found).map((field) => fieldHistory(field, agreed)),
    titles: await readTitlesOfLinks(database, [entity], versions),
  };
}

function fieldHistory(field: FieldBlame, agreed: Content | null): FieldHistory {
  if (!agreed) return { ...field, agreed: undefined, isSynced: false };
  const value = fieldOf(field.field, agreed);
  return { ...field, agreed: value, isSynced: isSameValue(field.value, value) };
}

/** @throws FinalError when there is no such entity or row */
export async function readPresentRecord(
  database: Database,
  named: string,
  id: string,
  maxText: number,
): Promise<{ readonly entity: Entity; readonly record: PresentRecord }> {
  const names = [...new Set(allEntities().flatMap((entity) => [entity.name, nameOf(entity)]))];
  const { name } = requireNamed(
    'entity',
    named,
    names.map((one) => ({ name: one })),
  );
  const candidates = allEntities().filter((entity) => entity.name === name || nameOf(entity) === name);
  for (const entity of UUID.test(id) ? candidates : []) {
    const record = await readClipped(database, entity, id, maxText);
    if (record?.row) return { entity, record: { ...record, row: record.row } };
  }
  throw new FinalError('row_unknown', `${name} has no row ${id}: it may have been deleted in SQL`);
}

async function readClipped(database: Database, entity: Entity, id: string, max: number): Promise<LocalRecord | null> {
  const clip = (text: string) => comparableJson(raw(text), max);
  const [stored] = await database.query<StoredRecord>(sql`
    -- The first parameter is $1 of the statement in the middle.
    WITH wanted AS (SELECT ${[id]}::uuid[]), found AS (${raw(entitySql(entity).read)})
    SELECT record_id, ${clip('found.row')} AS row, links, NULL AS intent, edit_seq, held,
           state || jsonb_build_object('base', coalesce(${clip("state -> 'base'")}, '{}'), 'sending', NULL, 'late_writes', '[]'::jsonb,
             'stored_values', CASE WHEN state ->> 'stored_values' IS NOT NULL THEN jsonb_build_object('archived', state #> '{stored_values,archived}',
               'fields', coalesce(${clip("state #> '{stored_values,fields}'")}, '{}')) END) AS state
      FROM found`);
  return stored ? recordFromJson(entity, stored) : null;
}
