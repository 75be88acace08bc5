import { syncs } from './activities.ts';
import { runPhase } from './phase.ts';
import type { PhaseRequest, SyncOutcome } from './types.ts';

/** Phase 1: Notion → SQL, every entity at once, then the links between them. */
export function inboundSync(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  const settle = (): Promise<void> =>
    syncs.settleLinks.executeWithOptions({ summary: 'links that waited for their record' }, [
      { cycleId: request.cycleId, entities: request.syncs.map(({ entity }) => entity) },
    ]);
  return runPhase(
    'inbound',
    request,
    (sync, summary) => syncs.syncInbound.executeWithOptions({ summary }, [sync]),
    settle,
  );
}
