import type { PhaseRequest, SyncOutcome } from '../cycle/messages.ts';
import { syncs } from './activity-proxies.ts';
import { runPhase } from './phase.ts';

/** Phase 3: tasks with a due date to calendar events. */
export function taskTrigger(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  return runPhase('trigger', request, (sync, { summary }) =>
    syncs.triggerTasks.executeWithOptions({ summary }, [sync]),
  );
}
