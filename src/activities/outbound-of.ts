import type { SyncRequest } from '../cycle/types.ts';
import { FinalError } from '../errors.ts';
import { emptyTally } from '../runtime/sync-context.ts';
import { inbound } from '../sync/inbound.ts';
import { outbound } from '../sync/outbound.ts';
import type { SyncContext } from '../sync/ports.ts';

/**
 * The outbound sync of a request. In a dry run nothing is left of the inbound one
 * before it, so that is gone through again first: it settles conflicts.
 */
export const outboundOf =
  ({ entity, dryRun }: SyncRequest) =>
  async (context: SyncContext): Promise<void> => {
    if (dryRun?.inbound.includes(entity)) await comesFirst(context);
    await outbound(context);
  };

/** What it counts, and what stops it, is for the inbound sync itself to say. */
async function comesFirst(context: SyncContext): Promise<void> {
  try {
    await inbound({ ...context, tally: emptyTally() });
  } catch (error) {
    if (!(error instanceof FinalError)) throw error;
  }
}
