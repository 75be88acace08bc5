import { patched } from '@temporalio/workflow';
import type { PhaseRequest, SyncKind, SyncOutcome } from '../cycle/messages.ts';
import { bookkeeping, syncs } from './activity-proxies.ts';
import { checkPhaseInput } from './check-input.ts';
import { concludedBy, runPhase } from './phase.ts';

const ACTIVITIES = {
  entity: 'syncOutbound',
  para: 'syncPara',
  calendar: 'syncCalendarOutbound',
  trigger: 'triggerTasks',
} as const satisfies Record<SyncKind, keyof typeof syncs>;

/** Phase 2: SQL to Notion and Google. An entity's sync waits for those of the entities that its rows link to. */
export async function outboundSync(request: PhaseRequest, ...others: unknown[]): Promise<readonly SyncOutcome[]> {
  await checkPhaseInput('outboundSync', [request, ...others]);
  const concluded = await concludeIdle(request);
  return runPhase(
    'outbound',
    request,
    (sync, { kind, summary }) => syncs[ACTIVITIES[kind]].executeWithOptions({ summary }, [sync]),
    { concluded },
  );
}

/** Most syncs of most cycles have nothing to send: one activity concludes them all. */
async function concludeIdle({ cycleId, syncs, dryRun, hinted }: PhaseRequest): Promise<readonly SyncOutcome[]> {
  if (dryRun || hinted || !patched('idle-syncs-at-once')) return [];
  return concludedBy(
    bookkeeping.concludeIdle.executeWithOptions({ summary: 'syncs with nothing to send' }, [{ cycleId, syncs }]),
  );
}
