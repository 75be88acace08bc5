export { changeHint } from './change-hint.ts';
export { chore } from './chore.ts';
export { cycleTurn } from './cycle-turn.ts';
export { inboundSync } from './inbound-sync.ts';
export { outboundSync } from './outbound-sync.ts';
export { syncCycle } from './sync-cycle.ts';
export { taskTrigger } from './task-trigger.ts';
