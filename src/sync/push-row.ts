import { FinalError, RecordError } from '../errors.ts';
import { absorb } from './absorb.ts';
import { statusInTrash, statusOf } from './archival.ts';
import { mayArchive } from './brake.ts';
import { changesBetween } from './changes.ts';
import { omit, pick } from './fields.ts';
import { reportLocked } from './locked-rows.ts';
import { returnedValues, rowAfterSend, toOutgoing } from './outgoing.ts';
import type {
  LocalRecord,
  LocalWrite,
  Refused,
  RemoteChange,
  RemoteRecord,
  Row,
  SyncContext,
  SyncState,
  UpdateResult,
} from './ports.ts';
import { findOutOfRange } from './ranges.ts';
import { changedFields } from './reconcile.ts';
import { refusalConflict, valuesToRestore } from './refused-edits.ts';
import { sendChange } from './send.ts';
import type { Fields } from './types.ts';
import { withSending } from './unanswered.ts';

/** How often a row is compared and sent again because its page is edited at the same time. */
const MAX_TRIES = 3;

/** A page in the trash that was met while its row was sent. */
export interface TrashedPage {
  readonly recordId: string;
  readonly page: RemoteRecord;
}

/**
 * Sends a row's edit. An error of this row alone is reported, and the others go on.
 * @param trashed collects a page in the trash, and the row is left; null: such a page is taken at once
 */
export async function pushRow(context: SyncContext, record: LocalRecord, trashed: TrashedPage[] | null): Promise<void> {
  try {
    await push(context, record, trashed);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    context.tally.errors.push({ code: error.code, message: error.message, record: record.recordId });
  }
}

async function push(context: SyncContext, record: LocalRecord, trashed: TrashedPage[] | null): Promise<void> {
  const { state, row, recordId, editSeq } = record;
  if (context.policy.readOnly) return revertEdit(context, record, trashed);
  if (!row || !state) {
    const known = state ?? row;
    if (!known) return dropEdit(context, recordId, editSeq);
    await takeRemote(context, recordId, known.remoteId, trashed);
    return;
  }
  let current: LocalRecord | undefined = record;
  for (let tries = 0; tries < MAX_TRIES && current?.row && current.state && current.editSeq !== null; tries += 1) {
    if (await pushEdit(context, current, current.row, current.state, trashed)) return;
    [current] = reportLocked(context, await context.local.transaction((tx) => tx.findById([recordId])));
    if (current?.held) return;
  }
}

/** Takes the remote version: the row was deleted in SQL, or it names its page itself. @returns as `take` */
async function takeRemote(
  context: SyncContext,
  recordId: string,
  remoteId: string,
  trashed: TrashedPage[] | null,
): Promise<boolean> {
  const page = await context.remote.read(remoteId);
  if (!page) throw pageNotFound(context, recordId, remoteId);
  if (page.remoteId !== remoteId) throw pageIdMisspelt(context, recordId, remoteId, page.remoteId);
  return take(context, recordId, page, trashed);
}

/** @returns false if the page is in the trash and was left for later */
async function take(
  context: SyncContext,
  recordId: string,
  page: RemoteRecord,
  trashed: TrashedPage[] | null,
): Promise<boolean> {
  if (page.trashed && trashed) {
    trashed.push({ recordId, page });
    return false;
  }
  await absorb(context, [page]);
  return true;
}

/** The page belongs to the row with the id as the remote side writes it, not to this one. Triggers correct what users write. */
const pageIdMisspelt = ({ entity }: SyncContext, recordId: string, found: string, remoteId: string): RecordError =>
  new RecordError(
    'page_id_misspelt',
    `${entity.name}: row ${recordId} names its page "${found}"; the page's id is ${remoteId}, and only a row with that id is synced. Delete the row if another row has that id; otherwise set the id.`,
  );

const pageNotFound = ({ entity }: SyncContext, recordId: string, remoteId: string): RecordError =>
  new RecordError(
    'page_not_found',
    `${entity.name}: row ${recordId} belongs to page ${remoteId}, which is not found or no longer shared with the integration; its edit is pending. Share the page again in Notion. If it was deleted from the trash: lockstep doctor --fix creates a new one for a restored row.`,
  );

/** Reverts and reports an edit of a read-only calendar. */
async function revertEdit(
  context: SyncContext,
  { recordId, row, state, editSeq }: LocalRecord,
  trashed: TrashedPage[] | null,
): Promise<void> {
  if (!row && !state) return dropEdit(context, recordId, editSeq);
  if (state) await takeRemote(context, recordId, state.remoteId, trashed);
  throw new RecordError(
    'read_only',
    state
      ? `row ${recordId} belongs to a read-only calendar; its edit was reverted and is kept in sync_conflicts`
      : `row ${recordId} is in a read-only calendar, where no event can be created; delete the row`,
  );
}

/** Drops the edit of a row that was deleted before it had a page. */
async function dropEdit(context: SyncContext, recordId: string, editSeq: bigint | null): Promise<void> {
  if (editSeq === null) return;
  await context.local.transaction((tx) => tx.write([{ recordId, sent: editSeq, intent: 'drop' }]));
}

/** @returns false if the page was edited meanwhile: that edit is in SQL now, and the row must be compared again */
async function pushEdit(
  context: SyncContext,
  record: LocalRecord,
  row: Row,
  state: SyncState,
  trashed: TrashedPage[] | null,
): Promise<boolean> {
  const { recordId } = record;
  if (state.sending) {
    // Find out first whether the last send arrived. Otherwise our own write would look like somebody's edit.
    return !(await takeRemote(context, recordId, state.remoteId, trashed));
  }
  const { fields, archived, complete } = toOutgoing(context, row, state);
  if (archived && !state.archived && !(await mayArchive(context, recordId))) return true;
  const edited = pick(fields, changedFields(state.base, fields));
  const change = toChange(context, record, state, { edited, archived });
  if (Object.keys(change).length === 0) {
    const sent = { fields, archived, complete, written: edited, page: null, sentAt: null, refused: {}, restored: {} };
    await recordSent(context, record, sent);
    return true;
  }
  const sending = withSending(state, { fields, archived }, context.remote.now());
  await context.local.transaction((tx) => tx.write([{ recordId, state: sending }]));
  const result = await sendChange(context, recordId, state, change);
  if (result.kind === 'updated') {
    await recordUpdate(
      context,
      record,
      state,
      { fields, archived, complete, edited, sentAt: sending.sending.sentAt },
      result,
    );
    return true;
  }
  if (!result.isPartlyWritten) await dropSending(context, recordId, state, sending.sending.sentAt);
  if (result.kind === 'gone') throw pageNotFound(context, recordId, state.remoteId);
  return !(await take(context, recordId, result.record, trashed));
}

/** Nothing was written. If the answer came late, another worker has recorded what is agreed by now. */
async function dropSending(context: SyncContext, recordId: string, state: SyncState, sentAt: Date): Promise<void> {
  await context.local.transaction(async (tx) => {
    const [current] = await tx.findById([recordId]);
    if (isSending(current?.state, sentAt)) await tx.write([{ recordId, state }]);
  });
}

const isSending = (state: SyncState | null | undefined, sentAt: Date | null): boolean =>
  state?.sending?.sentAt.getTime() === sentAt?.getTime();

function toChange(
  { entity }: SyncContext,
  { recordId }: LocalRecord,
  state: SyncState,
  { edited, archived }: { edited: Fields; archived: boolean },
): RemoteChange {
  // A page in the trash takes no edits. They are sent when it is restored.
  if (state.trashed && archived) return {};
  const isTrashing = archived && !state.archived && entity.archivedStatus === undefined;
  const hasWrongSyncKey = state.syncKey !== null && state.syncKey !== recordId;
  return {
    ...(Object.keys(edited).length > 0 ? { fields: edited } : {}),
    ...(isTrashing ? { trashed: true } : {}),
    ...(state.trashed ? { trashed: false } : {}),
    ...(hasWrongSyncKey ? { syncKey: recordId } : {}),
  };
}

/** Records an update that the remote side accepted, and reports the fields that it refused. */
async function recordUpdate(
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
interface Sent {
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
async function recordSent(context: SyncContext, record: LocalRecord, sent: Sent): Promise<void> {
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
  };
}
