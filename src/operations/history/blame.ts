import type { Database } from '../../database/client.ts';
import { entitySql } from '../../database/entity-sql.ts';
import { recordFromJson, type StoredRecord } from '../../database/row-codec.ts';
import { type Entity, syncedFields, titleField } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import type { Content, LocalRecord, Side } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import type { Value } from '../../sync/types.ts';
import { readChangesOfRecord, requireEntity, type StoredChange } from './changes.ts';
import { readTitlesOfLinks } from './conflicts.ts';
import { findRecord } from './find-record.ts';

/** Who last set one field, as far as it was recorded. */
export interface FieldBlame {
  readonly field: string;
  readonly value: Value;
  /** Where it was edited; null when it has not changed since changes are recorded. */
  readonly setIn: Side | null;
  readonly at: Date | null;
  /** The previous value; undefined when the field was set on creation. */
  readonly before?: Value;
  /** Null when the edit was not sent yet. */
  readonly cycleId: string | null;
}

export interface RecordBlame {
  readonly title: string;
  readonly fields: readonly FieldBlame[];
  readonly titles: ReadonlyMap<string, string>;
}

/**
 * Reports for each field of a record who set it, when, and its previous value.
 * @param named as `findRecord` takes it
 * @throws FinalError when there is no such entity or row
 */
export async function blame(database: Database, entityName: string, named: string): Promise<RecordBlame> {
  const entity = requireEntity(entityName);
  const found = await findRecord(database, entity, named);
  const [stored] = await database.query<StoredRecord>(entitySql(entity).read, [[found]]);
  const record = stored && recordFromJson(entity, stored);
  if (!record?.row) throw new FinalError('row_unknown', `${entityName} has no row ${found} any more`);
  const { row } = record;
  const changes = await readChangesOfRecord(database, entity.name, record.recordId);
  const versions: Content[] = [row, ...changes.flatMap(({ before }) => before ?? [])];
  return {
    title: String(row.fields[titleField(entity)] || '(untitled)'),
    fields: blameFields(entity, record, changes),
    titles: await readTitlesOfLinks(database, [entity], versions),
  };
}

/**
 * Who last set each field of a record, `archived` included.
 * @param changes of the record, oldest first
 */
export function blameFields(
  entity: Entity,
  record: LocalRecord,
  changes: readonly StoredChange[],
): readonly FieldBlame[] {
  const remote: Side = entity.remote ? 'google' : 'notion';
  return fieldNamesOf(entity).map((field) => blameField(field, record, changes, remote));
}

/** The fields that have a history, `archived` included. */
export const fieldNamesOf = (entity: Entity): readonly string[] => [
  ...syncedFields(entity).map(([name]) => name),
  'archived',
];

function blameField(
  field: string,
  { row, state, editSeq }: LocalRecord,
  changes: readonly StoredChange[],
  remote: Side,
): FieldBlame {
  const now = fieldOf(field, row);
  const agreed = state && fieldOf(field, { fields: state.base, archived: state.archived });
  if (editSeq !== null && state && !isSameValue(now, agreed ?? null)) {
    return { field, value: now, setIn: 'sql', at: row?.editedAt ?? null, before: agreed ?? null, cycleId: null };
  }
  // A change written on one side was edited on the other.
  const editedIn = ({ side }: StoredChange): Side => (side === 'sql' ? remote : 'sql');
  const last = changes.findLast(
    ({ before, after }) => after && !isSameValue(fieldOf(field, before), fieldOf(field, after)),
  );
  if (last) {
    const { at, cycleId, before } = last;
    return { field, value: now, setIn: editedIn(last), at, before: fieldOf(field, before), cycleId };
  }
  const creation = changes.find(({ before }) => before === null);
  return {
    field,
    value: now,
    setIn: creation ? editedIn(creation) : null,
    at: creation?.at ?? null,
    cycleId: creation?.cycleId ?? null,
  };
}

/** @param field a name, or `archived` */
export const fieldOf = (field: string, content: Content | null): Value =>
  (field === 'archived' ? content?.archived : content?.fields[field]) ?? null;
