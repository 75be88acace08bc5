import { FinalError, RecordError } from '../errors.ts';
import { absorb } from './absorb.ts';
import { openStatus } from './archival.ts';
import { remoteBody } from './bodies.ts';
import { changesBetween } from './changes.ts';
import { createPages } from './creation.ts';
import { inParallel } from './in-parallel.ts';
import { resolvePending } from './inbound.ts';
import { rowAfterSend, toOutgoing } from './outgoing.ts';
import type {
  LocalRecord,
  LocalWrite,
  Refused,
  RemoteChange,
  RemoteRecord,
  Row,
  SyncContext,
  SyncState,
  PendingLink,
} from './ports.ts';
import { findOutOfRange } from './ranges.ts';
import { changedFields, isSameContent } from './reconcile.ts';
import { omit, sendChange } from './send.ts';
import { isTemporaryId } from './temporary-id.ts';
import type { Fields } from './types.ts';

const BATCH = 100;

/** Brings what was edited in SQL to Notion: one request each. */
export async function syncOutbound(context: SyncContext): Promise<void> {
  await resolvePending(context);
  const unknown = await reportUnknown(context);
  await pushEverything(context);
  await context.local.markLinksReported(unknown);
}

/** Brings just these rows to Notion, as far as they have something to send. */
export async function pushRecords(context: SyncContext, recordIds: readonly string[]): Promise<void> {
  for (let at = 0; at < recordIds.length; at += BATCH) await pushBatch(context, recordIds.slice(at, at + BATCH));
}

async function pushEverything(context: SyncContext): Promise<void> {
  // A row that waits for another's page is sent without the link, which follows in the next pass.
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const waiting = await pushAll(context);
    if (waiting.length === 0) return;
    if (waiting.length >= before) return reportWaiting(context, waiting);
    before = waiting.length;
  }
}

/** Links to pages that have no row, although all entities have been read: said once, when they are first met. */
async function reportUnknown({ entity, local, tally }: SyncContext): Promise<readonly PendingLink[]> {
  const links = await local.readUnreportedLinks();
  for (const { recordId, field, remoteId } of links) {
    tally.errors.push({
      code: 'link_unknown',
      message: `${entity.name}: row ${recordId}: «${entity.fields[field]?.property ?? field}» links to page ${remoteId}, which has no row: it is in a database that is not synced, in the trash, or not shared. The link is kept, and set when the page gets a row.`,
      record: recordId,
    });
  }
  return links;
}

function reportWaiting({ entity, tally }: SyncContext, recordIds: readonly string[]): void {
  for (const record of recordIds) {
    tally.errors.push({
      code: 'link_waits',
      message: `${entity.name}: row ${record} links to a row that does not exist or has no page yet; the link is sent when it has one`,
      record,
    });
  }
}

/** One pass over the outbox; gives back the rows that have more to send, now that others have pages. */
async function pushAll(context: SyncContext): Promise<readonly string[]> {
  const { local } = context;
  let after = 0n;
  const waiting: string[] = [];
  for (;;) {
    const edits = await local.readOutbox(after, BATCH);
    const last = edits.at(-1);
    if (!last) return waiting;
    waiting.push(
      ...(await pushBatch(
        context,
        edits.map((edit) => edit.recordId),
      )),
    );
    after = last.seq;
  }
}

async function pushBatch(context: SyncContext, recordIds: readonly string[]): Promise<readonly string[]> {
  const { local, policy } = context;
  const records = await local.transaction((tx) => tx.findById(recordIds));
  const toCreate = policy.readOnly
    ? []
    : records.filter(({ row, state }) => row && isTemporaryId(row.remoteId) && !state);
  const made = new Set(toCreate.map(({ recordId }) => recordId));
  const others = records.filter((record) => !toCreate.includes(record));
  await createPages(context, toCreate);
  await inParallel(others, policy.concurrency, async (record) => {
    await reportingIssues(context, record.recordId, () => pushOne(context, record));
    context.progress();
  });
  const after = await local.transaction((tx) => tx.findById(recordIds));
  return after
    .filter(({ recordId, row, state, editSeq }) => {
      if (editSeq === null || !row || !state) return false;
      // A page that was just made may lack links to pages made beside it.
      return made.has(recordId) || !toOutgoing(context, row, state).complete;
    })
    .map((record) => record.recordId);
}

async function reportingIssues(context: SyncContext, recordId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    context.tally.errors.push({ code: error.code, message: error.message, record: recordId });
  }
}

/** How often a row is compared and sent anew because somebody edits its page at the same time. */
const MOST_TRIES = 3;

async function pushOne(context: SyncContext, record: LocalRecord): Promise<void> {
  const { state, row, recordId, editSeq } = record;
  if (context.policy.readOnly) return putBack(context, record);
  if (!row) return state ? bringBack(context, recordId, state.remoteId) : forget(context, recordId, editSeq);
  if (!state) return bringBack(context, recordId, row.remoteId);
  let current: LocalRecord | undefined = record;
  for (let tries = 0; tries < MOST_TRIES && current?.row && current.state && current.editSeq !== null; tries += 1) {
    if (await pushEdit(context, current, current.row, current.state)) return;
    [current] = await context.local.transaction((tx) => tx.findById([recordId]));
  }
}

/** A row deleted by SQL, or one that names its page itself: Notion's word is taken. */
async function bringBack(context: SyncContext, recordId: string, remoteId: string): Promise<void> {
  const page = await context.remote.read(remoteId);
  if (!page) throw pageNotFound(context, recordId, remoteId);
  await absorb(context, [page]);
}

const pageNotFound = ({ entity }: SyncContext, recordId: string, remoteId: string): RecordError =>
  new RecordError(
    'page_not_found',
    `${entity.name}: row ${recordId} belongs to page ${remoteId}, which is not found or no longer shared with the integration; its edit waits. Share the page again in Notion.`,
  );

/** An edit of what is only read: taken back, and said. */
async function putBack(context: SyncContext, { recordId, row, state, editSeq }: LocalRecord): Promise<void> {
  if (!row && !state) return forget(context, recordId, editSeq);
  if (state) await bringBack(context, recordId, state.remoteId);
  throw new RecordError(
    'read_only',
    state
      ? `row ${recordId} belongs to a calendar that is only read; its edit was put back, and is kept in sync_conflicts`
      : `row ${recordId} is in a calendar that is only read, and cannot be made there; delete it`,
  );
}

/** A row that was deleted before it ever had a page. */
async function forget(context: SyncContext, recordId: string, editSeq: bigint | null): Promise<void> {
  if (editSeq === null) return;
  await context.local.transaction((tx) => tx.write([{ recordId, sent: editSeq, intent: 'drop' }]));
}

/** @returns false when the page had been edited meanwhile: it was taken in, and the decision is to be made anew */
async function pushEdit(context: SyncContext, record: LocalRecord, row: Row, state: SyncState): Promise<boolean> {
  const { entity, local, tally } = context;
  const { recordId } = record;
  if (state.sending) {
    // Whether the send before this one arrived must be known first, or our own write would look like somebody's.
    await bringBack(context, recordId, state.remoteId);
    return false;
  }
  const { fields, archived, complete } = toOutgoing(context, row, state);
  const edited = pick(fields, changedFields(state.base, fields));
  const change = changeFor(context, record, state, { written: edited, archived });
  let page: RemoteRecord | null = null;
  let refused: Refused = {};
  if (Object.keys(change).length > 0) {
    await local.transaction((tx) => tx.write([{ recordId, state: { ...state, sending: { fields, archived } } }]));
    const result = await sendChange(context, recordId, state, change);
    if (result.kind === 'gone') throw pageNotFound(context, recordId, state.remoteId);
    if (result.kind === 'changed') {
      await absorb(context, [result.record]);
      return false;
    }
    page = result.record;
    refused = result.refused ?? {};
  }
  const written = omit(edited, Object.keys(refused));
  const reasons = Object.values(refused);
  // What was refused waits: the row still has something to send.
  await settleEdit(context, record, { fields, archived, complete: complete && reasons.length === 0, written, page });
  for (const { code, message } of reasons) tally.errors.push({ code, message, record: recordId });
  if (!page) return true;
  if (reasons.length > 0 && Object.keys(written).length === 0 && archived === state.archived) return true;
  tally.processed += 1;
  if (archived && !state.archived) tally.archived += 1;
  else tally.updated += 1;
  tally.errors.push(...findOutOfRange(entity, recordId, written));
  return true;
}

function changeFor(
  { entity }: SyncContext,
  { recordId }: LocalRecord,
  state: SyncState,
  { written, archived }: { written: Fields; archived: boolean },
): RemoteChange {
  // A page in the trash takes no edits; they follow when it is restored.
  if (state.trashed && archived) return {};
  const intoTrash = archived && !state.archived && entity.archivedStatus === undefined;
  const foreignKey = state.syncKey !== null && state.syncKey !== recordId;
  return {
    ...(Object.keys(written).length > 0 ? { fields: written } : {}),
    ...(intoTrash ? { trashed: true } : {}),
    ...(state.trashed ? { trashed: false } : {}),
    ...(foreignKey ? { syncKey: recordId } : {}),
  };
}

interface Settlement {
  readonly fields: Fields;
  readonly archived: boolean;
  readonly complete: boolean;
  readonly written: Fields;
  readonly page: RemoteRecord | null;
}

/** The new base: what was written, beside what both sides already agreed on. */
async function settleEdit(context: SyncContext, sent: LocalRecord, settlement: Settlement): Promise<void> {
  const { entity, local, remote } = context;
  const { fields, archived, complete, written, page } = settlement;
  await local.transaction(async (tx) => {
    const [now] = await tx.findById([sent.recordId]);
    if (!now?.state || !sent.row)
      throw new FinalError('state_lost', `${entity.name}: the state of row ${sent.recordId} vanished`);
    const { state, row } = now;
    // This answer came late: another worker has taken in what was sent, and knows more.
    if (page && !(state.sending && isSameContent(state.sending, { fields, archived }))) return;
    const unsaid = state.trashed && archived && !page;
    const said = pick(remoteBody(entity, page), Object.keys(written));
    const next: SyncState = {
      ...state,
      base: unsaid ? state.base : { ...state.base, ...written, ...said },
      archived,
      trashed: page?.trashed ?? state.trashed,
      statusBeforeArchive: archived ? (state.statusBeforeArchive ?? openStatus(entity, sent.row)) : null,
      syncKey: page?.syncKey ?? state.syncKey,
      remoteEditedAt: page?.editedAt ?? state.remoteEditedAt,
      bodyReadAt: page ? (page.bodyReadAt ?? null) : state.bodyReadAt,
    };
    const untouched = now.editSeq === sent.editSeq;
    const settled = row && rowAfterSend(context, { sent: sent.row, now: row }, { fields, archived, said, untouched });
    const words = pick((settled ?? row ?? sent.row).fields, Object.keys(written));
    const before = { fields: state.base, archived: state.archived };
    const { remoteId, remoteEditedAt, remoteCreatedAt: createdAt } = next;
    const write: LocalWrite = {
      recordId: sent.recordId,
      state: next,
      ...(settled
        ? { row: { ...settled, remoteId, remoteEditedAt, createdAt } }
        : { page: { remoteId, remoteEditedAt } }),
      ...(complete && sent.editSeq !== null ? { sent: sent.editSeq } : {}),
      changes: page ? changesBetween(remote.side, before, { fields: { ...state.base, ...words }, archived }) : [],
    };
    await tx.write([write]);
  });
}

const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
