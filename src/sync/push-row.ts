import { RecordError } from '../errors.ts';
import { absorb, readRecord } from './absorb.ts';
import { isEditedBeside } from './batch-look.ts';
import { mayArchive } from './brake.ts';
import { pick } from './fields.ts';
import { reportLocked } from './locked-rows.ts';
import { toOutgoing } from './outgoing.ts';
import type { LocalRecord, RemoteRecord, Row, SyncContext, SyncState } from './ports.ts';
import { changedFields, isSameContent } from './reconcile.ts';
import { isSending, recordSent, recordUpdate } from './record-sent.ts';
import { type SendContext, sendChange } from './send.ts';
import type { Fields } from './types.ts';
import { withSending } from './unanswered.ts';
import type { RemoteChange } from './update-port.ts';

/** How often a row is compared and sent again because its page is edited at the same time. */
const MAX_TRIES = 3;

/** A page in the trash that was met while its row was sent. */
export interface TrashedPage {
  readonly recordId: string;
  readonly page: RemoteRecord;
}

export interface PushContext extends SendContext {
  /** Collects the pages in the trash, and their rows are left; null: such a page is taken at once. */
  readonly trashed: TrashedPage[] | null;
}

/** Sends a row's edit. An error of this row alone is reported, and the others go on. */
export async function pushRow(context: PushContext, record: LocalRecord): Promise<void> {
  try {
    await push(context, record);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    context.tally.errors.push({ code: error.code, message: error.message, record: record.recordId });
  }
}

async function push(context: PushContext, record: LocalRecord): Promise<void> {
  const { state, row, recordId, editSeq } = record;
  if (context.policy.readOnly) return revertEdit(context, record);
  if (!row || !state) {
    const known = state ?? row;
    if (!known) return dropEdit(context, recordId, editSeq);
    await takeRemote(context, recordId, known.remoteId);
    return;
  }
  let current: LocalRecord | undefined = record;
  for (let tries = 0; tries < MAX_TRIES && current?.row && current.state && current.editSeq !== null; tries += 1) {
    if (await pushEdit(context, current, current.row, current.state)) return;
    [current] = reportLocked(context, await context.local.transaction((tx) => tx.findById([recordId])));
    if (current?.held) return;
  }
}

/** Takes the remote version: the row was deleted in SQL, or it names its page itself. @returns as `take` */
async function takeRemote(context: PushContext, recordId: string, remoteId: string): Promise<boolean> {
  const page = await context.remote.read(remoteId);
  if (!page) throw pageNotFound(context, recordId, remoteId);
  if (page.remoteId !== remoteId) throw pageIdMisspelt(context, recordId, remoteId, page.remoteId);
  return take(context, recordId, page);
}

/** @returns false if the page is in the trash and was left for later */
async function take(context: PushContext, recordId: string, page: RemoteRecord): Promise<boolean> {
  if (page.trashed && context.trashed) {
    context.trashed.push({ recordId, page });
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
async function revertEdit(context: PushContext, { recordId, row, state, editSeq }: LocalRecord): Promise<void> {
  if (!row && !state) return dropEdit(context, recordId, editSeq);
  if (state) await takeRemote(context, recordId, state.remoteId);
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
async function pushEdit(context: PushContext, record: LocalRecord, row: Row, state: SyncState): Promise<boolean> {
  const { recordId } = record;
  if (state.sending) {
    // Find out first whether the last send arrived. Otherwise our own write would look like somebody's edit.
    return !(await takeRemote(context, recordId, state.remoteId));
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
  if (!(await storeSending(context, recordId, state, sending))) return false;
  const look = archived === state.archived ? context.look : null;
  const result = await sendChange({ ...context, look }, recordId, state, change);
  if (result.kind === 'updated') {
    await recordUpdate(
      context,
      record,
      state,
      { fields, archived, complete, edited, sentAt: sending.sending.sentAt },
      result,
    );
    if (result.isUnread && isEditedBeside(state, edited, result.record)) await takeEditBeside(context, record, state);
    return true;
  }
  if (!result.isPartlyWritten) await dropSending(context, recordId, state, sending.sending.sentAt);
  if (result.kind === 'gone') throw pageNotFound(context, recordId, state.remoteId);
  return !(await take(context, recordId, result.record));
}

/** @returns false if the state is another by now: another worker has the entity, and knows more */
function storeSending(
  { local }: SyncContext,
  recordId: string,
  state: SyncState,
  sending: SyncState,
): Promise<boolean> {
  return local.transaction(async (tx) => {
    const [current] = await tx.findById([recordId]);
    if (!isSending(current?.state, null) || !isSameAgreement(current?.state, state)) return false;
    await tx.write([{ recordId, state: sending }]);
    return true;
  });
}

const isSameAgreement = (current: SyncState | null | undefined, known: SyncState): boolean =>
  current?.remoteEditedAt.getTime() === known.remoteEditedAt.getTime() &&
  isSameContent({ fields: current.base, archived: current.archived }, { fields: known.base, archived: known.archived });

/**
 * Somebody edited other fields before the page was written without a read. What was sent is agreed by now, so that edit
 * counts as one made after it. The page is read: the answer to a write does not show all of it.
 */
async function takeEditBeside(context: PushContext, { recordId }: LocalRecord, { remoteId }: SyncState): Promise<void> {
  const page = await readRecord(context, remoteId);
  if (page) await take(context, recordId, page);
}

/** Nothing was written. If the answer came late, another worker has recorded what is agreed by now. */
async function dropSending(context: SyncContext, recordId: string, state: SyncState, sentAt: Date): Promise<void> {
  await context.local.transaction(async (tx) => {
    const [current] = await tx.findById([recordId]);
    if (isSending(current?.state, sentAt)) await tx.write([{ recordId, state }]);
  });
}

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
