import type { PhaseRequest, SyncOutcome } from '../cycle/types.ts';
import { syncs } from './activities.ts';
import { runPhase } from './phase.ts';

/** Phase 1: Notion and Google → SQL, all at once, then the links between what arrived. */
export function inboundSync(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  const settle = (): Promise<void> =>
    syncs.settleLinks.executeWithOptions({ summary: 'links that waited for their record' }, [
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
    { afterwards: settle },
  );
}
