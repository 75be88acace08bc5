import type { PhaseRequest, SyncOutcome } from '../cycle/messages.ts';
import { syncs } from './activity-proxies.ts';
import { checkPhaseInput } from './check-input.ts';
import { runPhase } from './phase.ts';

/** Phase 1: Notion and Google to SQL, all syncs at once, then the links between the records they read. */
export async function inboundSync(request: PhaseRequest, ...others: unknown[]): Promise<readonly SyncOutcome[]> {
  await checkPhaseInput('inboundSync', [request, ...others]);
  const resolveLinks = (): Promise<void> =>
    syncs.settleLinks.executeWithOptions({ summary: 'links to records that arrived later' }, [
      {
        cycleId: request.cycleId,
        entities: request.syncs.filter(({ kind }) => kind === 'entity').map(({ entity }) => entity),
      },
    ]);
  return runPhase(
    'inbound',
    request,
    (sync, { kind, summary }) =>
      syncs[kind === 'calendar' ? 'syncCalendarInbound' : 'syncInbound'].executeWithOptions({ summary }, [sync]),
    { afterwards: resolveLinks },
  );
}
