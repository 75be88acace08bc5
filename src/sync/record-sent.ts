import { FinalError } from '../errors.ts';
import { absorb } from './absorb.ts';
import { statusInTrash, statusOf } from './archival.ts';
import { changesBetween } from './changes.ts';
import { omit, pick } from './fields.ts';
import { returnedValues, rowAfterSend } from './outgoing.ts';
import type { LocalRecord, LocalWrite, RemoteRecord, Row, SyncContext, SyncState } from './ports.ts';
import { findOutOfRange } from './ranges.ts';
import { refusalConflict, valuesToRestore } from './refused-edits.ts';
import type { Fields } from './types.ts';
import type { Refused, UpdateResult } from './update-port.ts';

/** Whether the state is that of the send that began then. */
export const isSending = (state: SyncState | null | undefined, sentAt: Date | null): boolean =>
  state?.sending?.sentAt.getTime() === sentAt?.getTime();

/** Records an update that the remote side accepted, and reports the fields that it refused. */
export async function recordUpdate(
  context: SyncContext,
  record: LocalRecord,
  state: SyncState,
  { edited, ...sent }: Pick<Sent, 'fields' | 'archived' | 'complete' | 'sentAt'> & { readonly edited: Fields },
  { record: page, refused = {} }: Extract<UpdateResult, { kind: 'updated' }>,
): Promise<void> {
  const { entity, tally } = context;
  const { recordId } = record;
  const written = omit(edited, Object.keys(refused));
  const reasons = Object.values(refused);
  const restored = valuesToRestore(refused, state.base);
  // Refused fields stay in the outbox, unless they are refused for good.
  const complete = sent.complete && reasons.length === Object.keys(restored).length;
  await recordSent(context, record, { ...sent, complete, written, page, refused, restored });
  // A person moved the page to the trash again, after our restore: that edit is the newer one.
  if (isTrashedAgain(sent, page)) {
    await absorb(context, [page]);
    return;
  }
  for (const { code, message } of reasons) tally.errors.push({ code, message, record: recordId });
  if (reasons.length > 0 && Object.keys(written).length === 0 && sent.archived === state.archived) return;
  tally.processed += 1;
  if (sent.archived && !state.archived) tally.archived += 1;
  else tally.updated += 1;
  tally.errors.push(...findOutOfRange(entity, recordId, written));
}

const isTrashedAgain = ({ archived }: { archived: boolean }, page: RemoteRecord): boolean => page.trashed && !archived;

/** The outcome of a send. */
export interface Sent {
  readonly fields: Fields;
  readonly archived: boolean;
  /** False while something is still to be sent. */
  readonly complete: boolean;
  /** When it was sent; null if nothing had to be written. */
  readonly sentAt: Date | null;
  readonly written: Fields;
  /** The page after the write; null if nothing had to be written. */
  readonly page: RemoteRecord | null;
  readonly refused: Refused;
  /** The agreed values of fields that are refused for good. */
  readonly restored: Fields;
}

/** Stores the new base: what was written, and what both sides already agreed on. */
export async function recordSent(context: SyncContext, record: LocalRecord, sent: Sent): Promise<void> {
  const { entity, local, remote, tally } = context;
  const { page, sentAt } = sent;
  await local.transaction(async (tx) => {
    const [current] = await tx.findById([record.recordId]);
    if (!current?.state || !record.row)
      throw new FinalError('state_lost', `${entity.name}: the state of row ${record.recordId} is missing`);
    const { state } = current;
    // The response came late: another worker has recorded this send, and knows more.
    if (page && !isSending(state, sentAt)) return;
    const isUnchanged = current.editSeq === record.editSeq;
    await tx.write([toSentWrite(context, { record, row: record.row }, { row: current.row, state, isUnchanged }, sent)]);
    if (Object.keys(sent.restored).length === 0) return;
    const ids = { recordId: record.recordId, remoteId: state.remoteId };
    const versions = { agreed: { fields: state.base, archived: state.archived }, sql: record.row };
    await tx.addConflicts([refusalConflict(remote.side, ids, sent, versions)]);
    tally.conflicts += 1;
  });
}

function toSentWrite(
  context: SyncContext,
  { record, row: sentRow }: { readonly record: LocalRecord; readonly row: Row },
  current: { readonly row: Row | null; readonly state: SyncState; readonly isUnchanged: boolean },
  { fields, archived, complete, written, page, restored }: Sent,
): LocalWrite {
  const { entity, remote } = context;
  const { row, state, isUnchanged } = current;
  const returned = returnedValues(entity, page, { written, archived });
  const next = stateAfterSend(entity, state, sentRow, { archived, written, page, returned });
  const taken = { ...returned, ...restored };
  const rewritten =
    row && rowAfterSend(context, { sent: sentRow, now: row }, { fields, archived, returned: taken, isUnchanged });
  const rowFields = pick((rewritten ?? row ?? sentRow).fields, Object.keys(written));
  const { remoteId, remoteEditedAt, remoteCreatedAt: createdAt } = next;
  const before = { fields: state.base, archived: state.archived };
  return {
    recordId: record.recordId,
    state: next,
    ...(rewritten
      ? { row: { ...rewritten, remoteId, remoteEditedAt, createdAt } }
      : { page: { remoteId, remoteEditedAt } }),
    ...(complete && record.editSeq !== null ? { sent: record.editSeq } : {}),
    changes: page ? changesBetween(remote.side, before, { fields: { ...state.base, ...rowFields }, archived }) : [],
  };
}

function stateAfterSend(
  entity: SyncContext['entity'],
  state: SyncState,
  sentRow: Row,
  { archived, written, page, returned }: Pick<Sent, 'archived' | 'written' | 'page'> & { readonly returned: Fields },
): SyncState {
  const isUnsent = state.trashed && archived && !page;
  const wasRestored = page !== null && isTrashedAgain({ archived }, page);
  const held = wasRestored ? statusInTrash(entity, page) : {};
  const statusBefore = state.archived ? state.statusBeforeArchive : statusOf(sentRow);
  return {
    ...state,
    base: isUnsent ? state.base : { ...state.base, ...written, ...returned, ...held },
    archived,
    sending: null,
    // Trashed again: the base is the restored page, so that the trash is compared with it, or found by a sweep.
    trashed: wasRestored ? false : (page?.trashed ?? state.trashed),
    statusBeforeArchive: archived ? statusBefore : null,
    syncKey: page?.syncKey ?? state.syncKey,
    remoteEditedAt: page?.editedAt ?? state.remoteEditedAt,
    bodyReadAt: page ? (page.bodyReadAt ?? null) : state.bodyReadAt,
    ...(page?.unexpressed ? { unexpressed: page.unexpressed } : {}),
  };
}
