import type { PhaseRequest, SyncOutcome } from '../cycle/types.ts';
import { syncs } from './activities.ts';
import { runPhase } from './phase.ts';

/** Phase 3: due tasks → events. */
export function taskTrigger(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  return runPhase('trigger', request, (sync, { summary }) =>
    syncs.triggerTasks.executeWithOptions({ summary }, [sync]),
  );
}
