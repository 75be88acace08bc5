import { syncs } from './activities.ts';
import { runPhase } from './phase.ts';
import type { PhaseRequest, SyncOutcome } from './types.ts';

/** Phase 3: due tasks → events. */
export function taskTrigger(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  return runPhase('trigger', request, (sync, { summary }) =>
    syncs.triggerTasks.executeWithOptions({ summary }, [sync]),
  );
}
