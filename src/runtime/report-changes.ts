import { type Entity, titleField } from '../entities/define.ts';
import type { Change, Content, LocalEntity, LocalRecord, LocalWrite } from '../sync/ports.ts';
import type { PlannedChange } from './planned-change.ts';

/** Reports each change that is written to `local`. */
export function reportChanges(
  entity: Entity,
  local: LocalEntity,
  onChange: (change: PlannedChange) => void,
): LocalEntity {
  return {
    ...local,
    transaction: (work) =>
      local.transaction((tx) =>
        work({
          ...tx,
          write: async (writes) => {
            const changing = writes.filter(({ changes = [] }) => changes.length > 0);
            const before = await tx.records(changing.map(({ recordId }) => recordId));
            await tx.write(writes);
            const recordById = new Map(before.map((record) => [record.recordId, record]));
            for (const write of changing) {
              const record = recordById.get(write.recordId);
              for (const change of write.changes ?? []) onChange(toPlannedChange(entity, record, write, change));
            }
          },
        }),
      ),
  };
}

function toPlannedChange(
  entity: Entity,
  record: LocalRecord | undefined,
  { recordId, row, page, state }: LocalWrite,
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
