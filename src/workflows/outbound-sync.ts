import { syncs } from './activities.ts';
import { runPhase } from './phase.ts';
import type { PhaseRequest, SyncOutcome } from './types.ts';

/** Phase 2: SQL → Notion; an entity waits for those that its rows link to. */
export function outboundSync(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  return runPhase('outbound', request, (sync, summary) => syncs.syncOutbound.executeWithOptions({ summary }, [sync]));
}
