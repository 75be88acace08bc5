import type { Entity } from '../../entities/define.ts';
import type { Change, Content, LocalEntity, LocalRecord, LocalWrite } from '../../sync/ports.ts';
import { titleField } from '../history/conflicts.ts';
import type { PlannedChange } from './planned-change.ts';

/** The same, but what is written is told: in a dry run, what would be. */
export function watchWrites(entity: Entity, local: LocalEntity, tell: (change: PlannedChange) => void): LocalEntity {
  return {
    ...local,
    transaction: (work) =>
      local.transaction((tx) =>
        work({
          ...tx,
          write: async (writes) => {
            const changing = writes.filter(({ changes = [] }) => changes.length > 0);
            const known = new Map(
              (await tx.records(changing.map(({ recordId }) => recordId))).map((record) => [record.recordId, record]),
            );
            await tx.write(writes);
            for (const write of changing) {
              for (const change of write.changes ?? []) tell(planned(entity, known.get(write.recordId), write, change));
            }
          },
        }),
      ),
  };
}

function planned(
  entity: Entity,
  record: LocalRecord | undefined,
  { recordId, row, page, state }: LocalWrite,
  { side, before, after }: Change,
): PlannedChange {
  const made: Content | null =
    side === 'sql' ? (row ?? null) : state ? { fields: state.base, archived: state.archived } : null;
  const { fields, archived } = after ?? made ?? { fields: {}, archived: false };
  const title = row?.fields[titleField(entity)] ?? record?.row?.fields[titleField(entity)];
  return {
    entity: entity.name,
    side,
    recordId,
    pageId: side !== 'sql' && before === null ? null : (row?.pageId ?? page?.pageId ?? state?.pageId ?? null),
    title: String(title || '(untitled)'),
    before: before && copy(before),
    after: copy({ fields, archived }),
  };
}

/** As JSON can hold it: what is kept in a file compares equal to what is planned anew. */
const copy = ({ fields, archived }: Content): NonNullable<PlannedChange['before']> => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'object' && value ? [...value] : value]),
  ),
  archived,
});
