import { syncs } from './activities.ts';
import { runPhase } from './phase.ts';
import type { PhaseRequest, SyncKind, SyncOutcome } from './types.ts';

const ACTIVITIES = {
  entity: 'syncOutbound',
  para: 'syncPara',
  calendar: 'syncCalendarOutbound',
  trigger: 'triggerTasks',
} as const satisfies Record<SyncKind, keyof typeof syncs>;

/** Phase 2: SQL → Notion and Google; an entity waits for those that its rows link to. */
export function outboundSync(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  return runPhase('outbound', request, (sync, { kind, summary }) =>
    syncs[ACTIVITIES[kind]].executeWithOptions({ summary }, [sync]),
  );
}
