import { absorb } from './absorb.ts';
import { openBatchLook } from './batch-look.ts';
import { acceptHeld, askOutbound, failWhileHeld, releaseUnarchived } from './brake.ts';
import { createPages } from './creation.ts';
import { inParallel } from './in-parallel.ts';
import { resolvePending } from './inbound.ts';
import { reportLocked } from './locked-rows.ts';
import { toOutgoing } from './outgoing.ts';
import type { LocalEntity, PendingLink, SyncContext } from './ports.ts';
import { type PushContext, pushRow, type TrashedPage } from './push-row.ts';
import { isTemporaryId } from './temporary-id.ts';

const BATCH_SIZE = 100;
/** A new edit waits for one such batch: some seconds, where the remote side takes three requests a second. */
const BACKLOG_BATCH_SIZE = 25;

/** The outbox is sent as a whole before the pages in the trash are taken. */
interface OutboxContext extends SyncContext {
  readonly trashed: TrashedPage[];
}

/**
 * Sends the edits made in SQL to the remote side.
 * @throws FinalError at the end, while archives wait for an approval
 */
export async function syncOutbound(context: SyncContext): Promise<void> {
  await acceptHeld(context, 'outbound');
  await resolvePending(context);
  const unknown = await reportUnknownLinks(context);
  await askOutbound(context);
  const trashed: TrashedPage[] = [];
  await pushOutbox({ ...context, trashed });
  await context.local.markLinksReported(unknown);
  await failWhileHeld(context, 'outbound');
  if (trashed.length > 0) await failWhileHeld(context, 'inbound');
}

/** Sends only these rows, if they have edits to send. */
export async function pushRecords(context: SyncContext, recordIds: readonly string[]): Promise<void> {
  await askOutbound(context);
  const outbox = { ...context, trashed: [], look: await openBatchLook(context, recordIds.length) };
  for (let at = 0; at < recordIds.length; at += BATCH_SIZE) {
    await pushBatch(outbox, recordIds.slice(at, at + BATCH_SIZE));
  }
  await takeTrashed(context, outbox.trashed);
}

/** Takes the trashed pages that were met while rows were sent: together, so that the brake counts them together. */
async function takeTrashed(context: SyncContext, trashed: readonly TrashedPage[]): Promise<void> {
  if (trashed.length === 0) return;
  await absorb(
    context,
    trashed.map(({ page }) => page),
  );
  // A row whose edit is the newer one restores its page.
  await pushBatch(
    { ...context, trashed: null, look: null },
    trashed.map(({ recordId }) => recordId),
  );
}

async function pushOutbox(context: OutboxContext): Promise<void> {
  // A row that links to a row without a page is sent without that link. The next pass sends the link.
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const pending = await pushOnce(context);
    if (pending.length === 0) return;
    if (pending.length >= before) return reportPending(context, pending);
    before = pending.length;
  }
}

/** Reports links to pages without a row, once each. All entities have been read by now. */
async function reportUnknownLinks({ entity, local, tally }: SyncContext): Promise<readonly PendingLink[]> {
  const links = await local.readUnreportedLinks();
  for (const { recordId, field, remoteId } of links) {
    tally.errors.push({
      code: 'link_unknown',
      message: `${entity.name}: row ${recordId}: "${entity.fields[field]?.property ?? field}" links to page ${remoteId}, which has no row: it is in a database that is not synced, in the trash, or not shared. The link is kept, and set when the page gets a row.`,
      record: recordId,
    });
  }
  return links;
}

function reportPending({ entity, tally }: SyncContext, recordIds: readonly string[]): void {
  for (const record of recordIds) {
    tally.errors.push({
      code: 'link_waits',
      message: `${entity.name}: row ${record} links to a row that does not exist or has no page yet. The link is sent when that row has a page.`,
      record,
    });
  }
}

/** One pass over the outbox. @returns the rows that have more to send now that others have pages */
async function pushOnce(context: OutboxContext): Promise<readonly string[]> {
  const { local, trashed } = context;
  const pending: string[] = [];
  const before = trashed.length;
  const look = await openBatchLook(context, await local.countEdits());
  for await (const recordIds of outboxBatches(local))
    pending.push(...(await pushBatch({ ...context, look }, recordIds)));
  await takeTrashed(context, trashed.slice(before));
  return pending;
}

/** The rows in the outbox. Those edited meanwhile come before those that were waiting: a backlog does not delay new edits. */
async function* outboxBatches(local: LocalEntity): AsyncGenerator<readonly string[]> {
  const last = await local.readLastEdit();
  let [waiting, fresh] = [0n, last];
  for (;;) {
    const edits = await local.readOutbox(fresh, BATCH_SIZE);
    if (edits.length > 0) yield edits.map(({ recordId }) => recordId);
    fresh = edits.at(-1)?.seq ?? fresh;
    const backlog = (await local.readOutbox(waiting, BACKLOG_BATCH_SIZE)).filter(({ seq }) => seq <= last);
    if (backlog.length > 0) yield backlog.map(({ recordId }) => recordId);
    waiting = backlog.at(-1)?.seq ?? waiting;
    if (edits.length === 0 && backlog.length === 0) return;
  }
}

/** Sends the edits of these rows. @returns the rows that have more to send */
async function pushBatch(context: PushContext, allIds: readonly string[]): Promise<readonly string[]> {
  const { local, policy } = context;
  const found = reportLocked(context, await local.transaction((tx) => tx.findById(allIds)));
  const waiting = await releaseUnarchived(context, found);
  const records = found.filter(({ recordId }) => !waiting.has(recordId));
  const recordIds = records.map(({ recordId }) => recordId);
  const toCreate = policy.readOnly
    ? []
    : records.filter(({ row, state }) => row && isTemporaryId(row.remoteId) && !state);
  const created = new Set(toCreate.map(({ recordId }) => recordId));
  const toUpdate = records.filter(({ recordId }) => !created.has(recordId));
  await createPages(context, toCreate);
  await inParallel(toUpdate, policy.concurrency, async (record) => {
    await pushRow(context, record);
    context.progress();
  });
  const after = await local.transaction((tx) => tx.findById(recordIds));
  return after
    .filter(({ recordId, row, state, editSeq, lockedBy }) => {
      if (editSeq === null || !row || !state || lockedBy !== undefined) return false;
      // A new page may lack links to pages that were created at the same time.
      return created.has(recordId) || !toOutgoing(context, row, state).complete;
    })
    .map((record) => record.recordId);
}
