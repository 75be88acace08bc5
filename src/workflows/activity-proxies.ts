import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** By default, a cancelled workflow closes while its activity still writes. */
const waitForActivity = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

type Sync =
  | 'syncInbound'
  | 'syncOutbound'
  | 'syncPages'
  | 'syncCalendarInbound'
  | 'syncCalendarOutbound'
  | 'syncPara'
  | 'triggerTasks'
  | 'settleLinks'
  | 'previewSync';

/**
 * Whole syncs: no limit but the heartbeat. Attempts are not limited, because a worker's crash costs one too; the
 * activity gives up when it makes no progress for too long.
 */
export const syncs = proxyActivities<Pick<Activities, Sync>>({
  ...waitForActivity,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/**
 * Short work that everything else depends on: retried without a limit. It sends no heartbeats, so its timeout is how long
 * a suspended worker holds it up.
 */
export const planning = proxyActivities<Pick<Activities, 'planCycle' | 'planHint' | 'checkInput' | 'endPause'>>({
  ...waitForActivity,
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' },
});

/** It waits for other workflows. Its heartbeats, which also bring a cancellation, are only sent while it waits. */
export const locks = proxyActivities<Pick<Activities, 'takeCycleLock' | 'endLeftoverPhase'>>({
  ...waitForActivity,
  startToCloseTimeout: '7 hours',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' },
});

/** Writes to Lockstep's own tables. When PostgreSQL is down, the syncs or the workflow's failure report it. */
export const bookkeeping = proxyActivities<Pick<Activities, 'concludeIdle' | 'concludeUnchanged' | 'recordFailure'>>({
  ...waitForActivity,
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
});

/** Retried until the activity itself gives up. */
export const chores = proxyActivities<Pick<Activities, 'runChore'>>({
  ...waitForActivity,
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/** The outbound syncs wait for it, so what takes too long is left to the next cycle. */
export const enrichment = proxyActivities<Pick<Activities, 'enrich'>>({
  ...waitForActivity,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2 },
});

/** After a cycle's syncs, and not essential: given up after a few attempts. */
export const consistency = proxyActivities<Pick<Activities, 'certifyTables'>>({
  ...waitForActivity,
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 3 },
});
