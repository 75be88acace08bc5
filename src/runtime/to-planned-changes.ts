import { type Entity, titleField } from '../entities/define.ts';
import type { Change, Content, LocalRecord, LocalWrite } from '../sync/ports.ts';
import type { PlannedChange } from './planned-change.ts';

/** @param before the record before the write, if it exists */
export const toPlannedChanges = (
  entity: Entity,
  write: LocalWrite,
  before: LocalRecord | undefined,
): readonly PlannedChange[] => (write.changes ?? []).map((change) => toPlannedChange(entity, write, before, change));

function toPlannedChange(
  entity: Entity,
  { recordId, row, page, state }: LocalWrite,
  record: LocalRecord | undefined,
  { side, before, after }: Change,
): PlannedChange {
  const created: Content | null =
    side === 'sql' ? (row ?? null) : state ? { fields: state.base, archived: state.archived } : null;
  const { fields, archived } = after ?? created ?? { fields: {}, archived: false };
  const title = row?.fields[titleField(entity)] ?? record?.row?.fields[titleField(entity)];
  return {
    entity: entity.name,
    side,
    recordId,
    pageId: side !== 'sql' && before === null ? null : (row?.remoteId ?? page?.remoteId ?? state?.remoteId ?? null),
    title: String(title || '(untitled)'),
    before: before && toJson(before),
    after: toJson({ fields, archived }),
  };
}

/** A change from a plan file has to equal a change that is planned again. */
const toJson = ({ fields, archived }: Content): NonNullable<PlannedChange['before']> => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'object' && value ? [...value] : value]),
  ),
  archived,
});
