import type { WorkerServices } from '../runtime/services.ts';
import { checkInput } from './check-input.ts';
import { checkTables } from './check-tables.ts';
import { concludeIdle } from './conclude-idle.ts';
import { concludeUnchanged } from './conclude-unchanged.ts';
import { endLeftoverPhase, takeCycleLock } from './cycle-lock.ts';
import { endPauseNow } from './end-pause.ts';
import { planCycle } from './plan-cycle.ts';
import { planHint } from './plan-hint.ts';
import { previewSync } from './preview-sync.ts';
import { recordFailure } from './record-failure.ts';
import { resolveLinks } from './resolve-links.ts';
import { runChore } from './run-chore.ts';
import { runEnrichment } from './run-enrichment.ts';
import { syncCalendarInbound, syncCalendarOutbound, triggerTasks } from './sync-calendar.ts';
import { syncEntityInbound, syncEntityOutbound, syncEntityPages } from './sync-entity.ts';
import { syncPara } from './sync-para.ts';

/** The activities by type. Histories of workflows contain the types, so they do not change. */
export const createActivities = (services: WorkerServices) => ({
  planCycle: planCycle(services),
  planHint: planHint(services),
  checkInput,
  endPause: endPauseNow(services),
  takeCycleLock: takeCycleLock(),
  endLeftoverPhase: endLeftoverPhase(),
  previewSync: previewSync(services),
  concludeIdle: concludeIdle(services),
  concludeUnchanged: concludeUnchanged(services),
  syncInbound: syncEntityInbound(services),
  syncOutbound: syncEntityOutbound(services),
  syncPages: syncEntityPages(services),
  syncCalendarInbound: syncCalendarInbound(services),
  syncCalendarOutbound: syncCalendarOutbound(services),
  syncPara: syncPara(services),
  triggerTasks: triggerTasks(services),
  settleLinks: resolveLinks(services),
  recordFailure: recordFailure(services),
  certifyTables: checkTables(services),
  enrich: runEnrichment(services),
  runChore: runChore(services),
});

export type Activities = ReturnType<typeof createActivities>;
