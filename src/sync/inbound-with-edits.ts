import { syncInbound } from './inbound.ts';
import { pushRecords } from './outbound.ts';
import type { SyncContext, Tally } from './ports.ts';

/** The maximum number of edits that are sent between two batches of a scan. The outbound sync sends the others. */
const MAX_EDITS = 25;

/**
 * `syncInbound`, which sends what is edited in SQL while a full scan reads, because a first backfill can take an hour.
 * @throws as `syncInbound`
 */
export async function syncInboundWithEdits(context: SyncContext): Promise<void> {
  const { local } = context;
  let last = await local.readLastEdit();
  await syncInbound(context, async () => {
    const edits = await local.readOutbox(last, MAX_EDITS);
    last = edits.at(-1)?.seq ?? last;
    if (edits.length > 0)
      await sendEdits(
        context,
        edits.map(({ recordId }) => recordId),
      );
  });
}

/** What is sent does not count as read, and the outbound sync reports what cannot be sent. */
async function sendEdits(context: SyncContext, recordIds: readonly string[]): Promise<void> {
  const tally: Tally = { processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, adopted: 0, errors: [] };
  await pushRecords({ ...context, tally }, recordIds);
  context.tally.conflicts += tally.conflicts;
}
