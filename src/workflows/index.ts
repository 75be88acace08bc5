/** The workflow types. Clients and histories know them by these names. */
export { changeHint } from './change-hint.ts';
export { chore } from './chore.ts';
export { cycleLock as cycleTurn } from './cycle-lock.ts';
export { endPause } from './end-pause.ts';
export { inboundSync } from './inbound-sync.ts';
export { outboundSync } from './outbound-sync.ts';
export { syncCycle } from './sync-cycle.ts';
export { taskTrigger } from './task-trigger.ts';
