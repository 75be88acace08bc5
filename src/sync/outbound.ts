import { createPages } from './creation.ts';
import { inParallel } from './in-parallel.ts';
import { resolvePending } from './inbound.ts';
import { reportLocked } from './locked-rows.ts';
import { toOutgoing } from './outgoing.ts';
import type { PendingLink, SyncContext } from './ports.ts';
import { pushRow } from './push-row.ts';
import { isTemporaryId } from './temporary-id.ts';

const BATCH_SIZE = 100;

/** Sends the edits made in SQL to the remote side, one request per row. */
export async function syncOutbound(context: SyncContext): Promise<void> {
  await resolvePending(context);
  const unknown = await reportUnknownLinks(context);
  await pushOutbox(context);
  await context.local.markLinksReported(unknown);
}

/** Sends only these rows, if they have edits to send. */
export async function pushRecords(context: SyncContext, recordIds: readonly string[]): Promise<void> {
  for (let at = 0; at < recordIds.length; at += BATCH_SIZE) {
    await pushBatch(context, recordIds.slice(at, at + BATCH_SIZE));
  }
}

async function pushOutbox(context: SyncContext): Promise<void> {
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
async function pushOnce(context: SyncContext): Promise<readonly string[]> {
  let after = 0n;
  const pending: string[] = [];
  for (;;) {
    const edits = await context.local.readOutbox(after, BATCH_SIZE);
    const last = edits.at(-1);
    if (!last) return pending;
    const recordIds = edits.map((edit) => edit.recordId);
    pending.push(...(await pushBatch(context, recordIds)));
    after = last.seq;
  }
}

async function pushBatch(context: SyncContext, recordIds: readonly string[]): Promise<readonly string[]> {
  const { local, policy } = context;
  const records = reportLocked(context, await local.transaction((tx) => tx.findById(recordIds)));
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
