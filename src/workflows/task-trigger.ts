import type { PhaseRequest, SyncOutcome } from '../cycle/messages.ts';
import { syncs } from './activity-proxies.ts';
import { checkPhaseInput } from './check-input.ts';
import { runPhase } from './phase.ts';

/** Phase 3: tasks with a due date to calendar events. */
export async function taskTrigger(request: PhaseRequest, ...others: unknown[]): Promise<readonly SyncOutcome[]> {
  await checkPhaseInput('taskTrigger', [request, ...others]);
  return runPhase('trigger', request, (sync, { summary }) =>
    syncs.triggerTasks.executeWithOptions({ summary }, [sync]),
  );
}
