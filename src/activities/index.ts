import type { WorkerServices } from '../runtime/services.ts';
import { certifyTables } from './check-consistency.ts';
import { concludeIdle } from './conclude-idle.ts';
import { enrich } from './enrich.ts';
import { planCycle } from './plan-cycle.ts';
import { planHint } from './plan-hint.ts';
import { recordFailure } from './record-failure.ts';
import { runChore } from './run-chore.ts';
import { settleLinks } from './settle-links.ts';
import { syncCalendarInbound, syncCalendarOutbound, triggerTasks } from './sync-calendar.ts';
import { syncInbound, syncOutbound } from './sync-entity.ts';
import { syncPages } from './sync-pages.ts';
import { syncPara } from './sync-para.ts';

/** The activities, bound to what they work with; workflows know them by these names. */
export const createActivities = (services: WorkerServices) => ({
  planCycle: planCycle(services),
  planHint: planHint(services),
  concludeIdle: concludeIdle(services),
  syncInbound: syncInbound(services),
  syncOutbound: syncOutbound(services),
  syncPages: syncPages(services),
  syncCalendarInbound: syncCalendarInbound(services),
  syncCalendarOutbound: syncCalendarOutbound(services),
  syncPara: syncPara(services),
  triggerTasks: triggerTasks(services),
  settleLinks: settleLinks(services),
  recordFailure: recordFailure(services),
  certifyTables: certifyTables(services),
  enrich: enrich(services),
  runChore: runChore(services),
});

export type Activities = ReturnType<typeof createActivities>;
