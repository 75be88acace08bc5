/**
 * The ids of a deployment's workflows and schedules. Deployments that share a Temporal namespace have different task
 * queues, so all ids carry the task queue; the default one is left out.
 */
const DEFAULT_TASK_QUEUE = 'lockstep';

const withQueue = (id: string, taskQueue: string): string =>
  taskQueue === DEFAULT_TASK_QUEUE ? id : `${id}-${taskQueue}`;

export const SCHEDULE_ID = 'lockstep-sync-cycle';

export const scheduleId = (taskQueue: string): string => withQueue(SCHEDULE_ID, taskQueue);

export const choreScheduleId = (name: string, taskQueue: string): string => withQueue(`lockstep-${name}`, taskQueue);

/** The workflow that waits for the end of a pause. */
export const endPauseId = (taskQueue: string): string => withQueue('lockstep-end-pause', taskQueue);

/** Workers of every version have to use the same id. */
export const cycleLockId = (taskQueue: string): string => `lockstep-turn-${taskQueue}`;
