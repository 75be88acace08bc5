import type { Entity } from '../entities/define.ts';
import { withAgreedBody } from './bodies.ts';
import type { RemoteRecord, Row, SyncContext, SyncState } from './ports.ts';
import type { Rules } from './reconcile.ts';
import type { Snapshot, Value } from './types.ts';

/**
 * How «archived» is said. Notion says it by the trash, or, after SQL archived a
 * row, by the entity's `archivedStatus`; SQL by `archived_at`. Here both become
 * one flag, with the status that belongs to it, so that they compare equal.
 */

const STATUS = 'status';

/** How conflicts of this entity are settled. */
export const rulesFor = ({ entity, remote, policy }: SyncContext): Rules => ({
  conflicts: policy.conflicts,
  side: remote.side,
  editGrainMs: remote.editGrainMs,
  readOnly: policy.readOnly,
  ...(entity.archivedStatus === undefined ? {} : { archivedField: STATUS }),
});

const withStatus = (entity: Entity, fields: Snapshot['fields'], status: Value): Snapshot['fields'] =>
  entity.archivedStatus === undefined ? fields : { ...fields, [STATUS]: status };

/** The page's content, with its trash bin read as «archived». */
export function toRemoteSnapshot(entity: Entity, record: RemoteRecord, state: SyncState | null): Snapshot {
  const { editedAt, trashed } = record;
  // A deleted Google event may say nothing but that.
  const base = state?.base ?? {};
  const fields = trashed ? { ...base, ...record.fields } : withAgreedBody(entity, record, base);
  if (trashed) {
    return { fields: withStatus(entity, fields, entity.archivedStatus ?? null), archived: true, editedAt };
  }
  // A status alone is only a status, unless it is how we archived the page.
  const bySync = state?.archived === true && !state.trashed && entity.archivedStatus !== undefined;
  return { fields, archived: bySync && fields[STATUS] === entity.archivedStatus, editedAt };
}

/** The row's content, with `archived_at` read as «archived» and restores given back their status. */
export function toRowSnapshot(entity: Entity, row: Row, state: SyncState | null): Snapshot {
  const { fields, editedAt, archived } = row;
  const { archivedStatus } = entity;
  if (archivedStatus === undefined) return { fields, archived, editedAt };
  const wasArchived = state?.archived === true;
  if (archived) {
    const reopened = wasArchived && fields[STATUS] !== archivedStatus;
    return reopened
      ? { fields, archived: false, editedAt }
      : { fields: withStatus(entity, fields, archivedStatus), archived: true, editedAt };
  }
  const restored = wasArchived && fields[STATUS] === archivedStatus;
  return {
    fields: restored ? withStatus(entity, fields, state?.statusBeforeArchive ?? null) : fields,
    archived: false,
    editedAt,
  };
}

/** A row's status, unless it is the one that says «archived». */
export const openStatus = ({ archivedStatus }: Entity, { fields }: Row): string | null =>
  typeof fields[STATUS] === 'string' && fields[STATUS] !== archivedStatus ? fields[STATUS] : null;

/** The status to come back to if the record is restored one day. */
export function statusToRestore(
  entity: Entity,
  archived: boolean,
  sides: { record: RemoteRecord; row: Row | null; state: SyncState | null },
): string | null {
  if (!archived || entity.archivedStatus === undefined) return null;
  if (sides.state?.archived) return sides.state.statusBeforeArchive;
  const candidates = sides.record.trashed
    ? [sides.record.fields[STATUS], sides.row?.fields[STATUS]]
    : [sides.row?.fields[STATUS], sides.state?.base[STATUS], sides.record.fields[STATUS]];
  const status = candidates.find((value) => typeof value === 'string' && value !== entity.archivedStatus);
  return typeof status === 'string' ? status : null;
}
