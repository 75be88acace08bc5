import { type Entity, linkListFields, listFields } from '../entities/define.ts';
import { isSpelledAlike } from '../entities/option-names.ts';
import { type Versions, withAgreedBody } from './bodies.ts';
import type { Content, RemoteRecord, Row, SyncContext, SyncState } from './ports.ts';
import type { Rules } from './reconcile.ts';
import type { Fields, Snapshot, Value } from './types.ts';

/**
 * Notion marks an archived record by the trash or, after SQL archived the row,
 * by the entity's `archivedStatus`. SQL marks it by `archived_at`. Both become
 * one flag here, with the matching status, so that they compare equal.
 */

const STATUS = 'status';

/** How this entity's conflicts are resolved. */
export const rulesFor = ({ entity, remote, policy }: SyncContext): Rules => ({
  conflicts: policy.conflicts,
  side: remote.side,
  editGrainMs: remote.editGrainMs,
  readOnly: policy.readOnly,
  ...(policy.sqlStands === undefined ? {} : { sqlStands: policy.sqlStands }),
  ...(entity.oneValue === undefined ? {} : { oneValue: entity.oneValue }),
  ...(entity.archivedStatus === undefined ? {} : { archivedField: STATUS }),
  ...(listFields(entity).length === 0 ? {} : { listFields: listFields(entity) }),
  ...(linkListFields(entity).length === 0 ? {} : { linkFields: linkListFields(entity) }),
});

/** Notion may spell the archived status in another way: an option that differs only in case archives too. */
const isArchivedStatus = ({ archivedStatus }: Entity, status: Value | undefined): boolean =>
  archivedStatus !== undefined && typeof status === 'string' && isSpelledAlike(status, archivedStatus);

const withStatus = (entity: Entity, fields: Snapshot['fields'], status: Value): Snapshot['fields'] =>
  entity.archivedStatus === undefined ? fields : { ...fields, [STATUS]: status };

/** The remote content. A page in the trash is archived. */
export function toRemoteSnapshot(entity: Entity, record: RemoteRecord, state: SyncState | null): Snapshot {
  const { editedAt, trashed } = record;
  // A deleted Google event may come without fields.
  const base = state?.base ?? {};
  const fields = trashed ? { ...base, ...record.fields } : withAgreedBody(entity, record, base);
  if (trashed) {
    return { fields: withStatus(entity, fields, entity.archivedStatus ?? null), archived: true, editedAt };
  }
  const wasArchivedByStatus = state?.archived === true && !state.trashed;
  // The status property was added again, and nobody has set it yet: no reopened record.
  const isUnset = [state?.base[STATUS], fields[STATUS]].every((status) => (status ?? null) === null);
  if (wasArchivedByStatus && isUnset && entity.archivedStatus !== undefined)
    return { fields, archived: true, editedAt };
  // A status means archived only if we archived the page that way, or may have.
  const hasStatus = isArchivedStatus(entity, fields[STATUS]);
  const isNews = !isArchivedStatus(entity, state?.base[STATUS]);
  const archived = hasStatus && (wasArchivedByStatus || (isNews && archivesUnanswered(state)));
  return { fields: archived ? withStatus(entity, fields, entity.archivedStatus ?? null) : fields, archived, editedAt };
}

/** Whether the archived status may be that of a write of ours that got no answer. */
const archivesUnanswered = (state: SyncState | null): boolean =>
  state !== null && [state.sending, ...state.lateWrites].some((write) => write?.archived === true);

/** The row's content. A row with `archived_at` is archived; a restored row gets its earlier status back. */
export function toRowSnapshot(entity: Entity, row: Row, state: SyncState | null): Snapshot {
  const { fields, editedAt, archived } = row;
  const { archivedStatus } = entity;
  if (archivedStatus === undefined) return { fields, archived, editedAt };
  const wasArchived = state?.archived === true;
  if (archived) {
    const reopened = wasArchived && !isArchivedStatus(entity, fields[STATUS]);
    return reopened
      ? { fields, archived: false, editedAt }
      : { fields: withStatus(entity, fields, archivedStatus), archived: true, editedAt };
  }
  const restored = wasArchived && isArchivedStatus(entity, fields[STATUS]);
  return {
    fields: restored ? withStatus(entity, fields, state?.statusBeforeArchive ?? null) : fields,
    archived: false,
    editedAt,
  };
}

/**
 * A page that comes out of the trash is restored, not edited: what was edited in the archived row meanwhile follows, and
 * does not compete with the restore.
 */
export function withRestoreFollowed(
  entity: Entity,
  record: RemoteRecord,
  state: SyncState | null,
  versions: Versions,
): Versions {
  const { base, remote, sql } = versions;
  const isRestored = state?.trashed === true && !record.trashed && !remote.archived;
  if (!isRestored || !base?.archived || !sql.archived) return versions;
  const restored = <T extends Content>(side: T): T => ({
    ...side,
    archived: false,
    fields: withStatus(entity, side.fields, remote.fields[STATUS] ?? null),
  });
  return { base: restored(base), remote, sql: restored(sql) };
}

/** A row's status; null if it has none. */
export const statusOf = ({ fields }: Row): string | null =>
  typeof fields[STATUS] === 'string' ? fields[STATUS] : null;

/** Content with the status that a row has, which differs from what is agreed while the row's archival is not sent. */
export const withStatusOf = ({ archivedStatus }: Entity, content: Content, { fields }: Row): Content =>
  archivedStatus === undefined
    ? content
    : { ...content, fields: { ...content.fields, [STATUS]: fields[STATUS] ?? null } };

/** The status that a page in the trash holds. What is agreed about such a page has the archived status instead. */
export const statusInTrash = ({ archivedStatus }: Entity, { fields }: RemoteRecord): Fields =>
  archivedStatus !== undefined && STATUS in fields ? { [STATUS]: fields[STATUS] ?? null } : {};

/** The state of a record whose page a person trashed and whose row is to restore it. */
export function stateToRestore(entity: Entity, state: SyncState): SyncState {
  const status = state.base[STATUS];
  return {
    ...state,
    base: withStatus(entity, state.base, entity.archivedStatus ?? null),
    archived: true,
    trashed: true,
    sending: null,
    statusBeforeArchive: entity.archivedStatus !== undefined && typeof status === 'string' ? status : null,
  };
}

/** The fields to write to an archived row so that it is live again: its status from before. */
export const fieldsToRestore = (entity: Entity, row: Row, state: SyncState | null): Fields =>
  state && isArchivedStatus(entity, row.fields[STATUS]) ? { [STATUS]: state.base[STATUS] ?? null } : {};

/** The status that the record gets back if it is restored: the one from before the archive, also if that was the archived status. */
export function statusToRestore(
  entity: Entity,
  archived: boolean,
  sides: { record: RemoteRecord; row: Row | null; state: SyncState | null },
): string | null {
  if (!archived || entity.archivedStatus === undefined) return null;
  const { record, row, state } = sides;
  if (state?.archived) return state.statusBeforeArchive;
  // Written by us to archive the record; the answer was lost.
  const isOurs = state?.sending?.archived === true && isArchivedStatus(entity, record.fields[STATUS]);
  const holder = record.trashed && !isOurs && STATUS in record.fields ? record.fields : (row?.fields ?? state?.base);
  const status = (holder ?? record.fields)[STATUS];
  return typeof status === 'string' ? status : null;
}
