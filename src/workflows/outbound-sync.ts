import { isCancellation, log, patched, rootCause } from '@temporalio/workflow';
import type { PhaseRequest, SyncKind, SyncOutcome } from '../cycle/types.ts';
import { bookkeeping, syncs } from './activities.ts';
import { runPhase } from './phase.ts';

const ACTIVITIES = {
  entity: 'syncOutbound',
  para: 'syncPara',
  calendar: 'syncCalendarOutbound',
  trigger: 'triggerTasks',
} as const satisfies Record<SyncKind, keyof typeof syncs>;

/** Phase 2: SQL → Notion and Google; an entity waits for those that its rows link to. */
export async function outboundSync(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  const concluded = await concludeIdle(request);
  return runPhase(
    'outbound',
    request,
    (sync, { kind, summary }) => syncs[ACTIVITIES[kind]].executeWithOptions({ summary }, [sync]),
    { concluded },
  );
}

/** Most syncs of most cycles have nothing to send. A cycle that began before this was deployed ends as it began. */
async function concludeIdle({ cycleId, syncs, dryRun, hinted }: PhaseRequest): Promise<readonly SyncOutcome[]> {
  if (dryRun || hinted || !patched('idle-syncs-at-once')) return [];
  try {
    return await bookkeeping.concludeIdle.executeWithOptions({ summary: 'syncs that have nothing to send' }, [
      { cycleId, syncs },
    ]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`each sync looks for itself: ${rootCause(error)}`);
    return [];
  }
}
