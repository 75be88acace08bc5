import { LockstepError } from '../errors.ts';
import { syncInbound } from './inbound.ts';
import { pushRecords } from './outbound.ts';
import type { SyncContext, Tally } from './ports.ts';

/** The maximum number of edits that are sent between two batches of a scan. The outbound sync sends the others. */
const MAX_EDITS = 25;

/**
 * `syncInbound`, which sends edits of rows with pages that are made in SQL while a full scan reads, because a first
 * backfill can take an hour.
 * @throws as `syncInbound`
 */
export async function syncInboundWithEdits(context: SyncContext): Promise<void> {
  const { local } = context;
  let last: bigint | null = null;
  let isSending = true;
  await syncInbound(context, async () => {
    // The scan itself adds rows without pages to the outbox, before its first batch.
    if (last === null) {
      last = await local.readLastEdit();
      return;
    }
    if (!isSending) return;
    const edits = await local.readOutbox(last, MAX_EDITS);
    last = edits.at(-1)?.seq ?? last;
    isSending = await sendEdits(
      context,
      edits.map(({ recordId }) => recordId),
    );
  });
}

/**
 * What is sent does not count as read. A row without a page waits: the scan may find a page with its `Sync Key`.
 * @returns false when it failed: the outbound sync reports that, and the scan continues
 */
async function sendEdits(context: SyncContext, recordIds: readonly string[]): Promise<boolean> {
  if (recordIds.length === 0) return true;
  const tally: Tally = { processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, adopted: 0, errors: [] };
  try {
    const records = await context.local.transaction((tx) => tx.findById(recordIds));
    const linked = records.filter(({ state }) => state !== null).map(({ recordId }) => recordId);
    await pushRecords({ ...context, tally }, linked);
    return true;
  } catch (error) {
    if (error instanceof LockstepError) return false;
    throw error;
  } finally {
    context.tally.conflicts += tally.conflicts;
  }
}
