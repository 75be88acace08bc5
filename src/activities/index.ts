import { planCycle } from './plan-cycle.ts';
import { recordFailure } from './record-failure.ts';
import { runSync } from './run-sync.ts';
import type { WorkerServices } from './services.ts';
import { settleLinks } from './settle-links.ts';

/** The activities, bound to what they work with; workflows know them by these names. */
export const createActivities = (services: WorkerServices) => ({
  planCycle: planCycle(),
  syncInbound: runSync(services, 'inbound'),
  syncOutbound: runSync(services, 'outbound'),
  settleLinks: settleLinks(services),
  recordFailure: recordFailure(services),
});

export type Activities = ReturnType<typeof createActivities>;
