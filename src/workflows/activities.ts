import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/**
 * Every profile waits for a cancelled activity to end: the SDK's actual default
 * lets the workflow close while the activity still writes.
 */
const waitForTheEnd = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

/**
 * A whole sync: as long as it takes, alive as long as it heartbeats. Attempts
 * are not counted, since a crash costs one too; the activity itself gives up
 * when it has made no progress for too long.
 */
export const syncs = proxyActivities<
  Omit<
    Activities,
    'planCycle' | 'planHint' | 'concludeIdle' | 'recordFailure' | 'runChore' | 'certifyTables' | 'enrich'
  >
>({
  ...waitForTheEnd,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/** Short work, on which all else waits: tried for as long as it takes. */
export const planning = proxyActivities<Pick<Activities, 'planCycle' | 'planHint'>>({
  ...waitForTheEnd,
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' },
});

/** A word on our own tables, given up soon: where PostgreSQL is gone, the syncs or the workflow's message say it. */
export const bookkeeping = proxyActivities<Pick<Activities, 'concludeIdle' | 'recordFailure'>>({
  ...waitForTheEnd,
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
});

/** What is done beside the sync: alive as long as it heartbeats, and tried until the activity itself gives up. */
export const choring = proxyActivities<Pick<Activities, 'runChore'>>({
  ...waitForTheEnd,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/** Filling in from elsewhere: the outbound syncs wait for it, so what it does not manage soon the next cycle does. */
export const enriching = proxyActivities<Pick<Activities, 'enrich'>>({
  ...waitForTheEnd,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2 },
});

/** What is good to know after a cycle, and keeps nobody waiting for long. */
export const certifying = proxyActivities<Pick<Activities, 'certifyTables'>>({
  ...waitForTheEnd,
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
});
