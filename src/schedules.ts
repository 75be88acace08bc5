import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { FinalError } from './errors.ts';

export const SCHEDULE_ID = 'lockstep-sync-cycle';

/** A cycle that hangs would otherwise keep every later one from starting. */
const CYCLE_TIMEOUT = '6 hours';

/** What the schedule shall be, whatever it was before. */
const wanted = (taskQueue: string): Omit<ScheduleOptions, 'state'> => ({
  scheduleId: SCHEDULE_ID,
  spec: { intervals: [{ every: '10 minutes' }] },
  action: {
    type: 'startWorkflow',
    workflowType: 'syncCycle',
    workflowId: SCHEDULE_ID,
    taskQueue,
    args: [],
    workflowExecutionTimeout: CYCLE_TIMEOUT,
  },
  policies: {
    overlap: ScheduleOverlapPolicy.SKIP,
    // A cycle reads what changed since the last one: making up for missed ones is pointless.
    // Temporal's own default is a year.
    catchupWindow: '10 minutes',
    pauseOnFailure: false,
  },
});

/**
 * Makes the schedule, or brings it to what it shall be; a pause stays a pause.
 * @returns whether it was there before
 */
export async function ensureSchedule(client: Client, taskQueue: string): Promise<'created' | 'updated'> {
  const options = wanted(taskQueue);
  try {
    await client.schedule.create(options);
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { scheduleId: _, ...schedule } = options;
  // Without its state given back, a paused schedule would run again.
  await scheduleHandle(client).update(({ state }) => ({ ...schedule, state }));
  return 'updated';
}

export const pauseSchedule = (client: Client, note?: string): Promise<void> =>
  explained(scheduleHandle(client).pause(note ?? 'Paused with lockstep schedule pause'));

export const resumeSchedule = (client: Client): Promise<void> =>
  explained(scheduleHandle(client).unpause('Resumed with lockstep schedule resume'));

/**
 * Asks for a cycle now. While one runs, one more is kept waiting: Temporal's
 * default for a trigger would start it beside the other, whatever the schedule's own policy.
 */
export const triggerSchedule = (client: Client): Promise<void> =>
  explained(scheduleHandle(client).trigger(ScheduleOverlapPolicy.BUFFER_ONE));

export const describeSchedule = (client: Client): Promise<ScheduleDescription> =>
  explained(scheduleHandle(client).describe());

export const deleteSchedule = (client: Client): Promise<void> => explained(scheduleHandle(client).delete());

const scheduleHandle = (client: Client): ScheduleHandle => client.schedule.getHandle(SCHEDULE_ID);

/** @throws FinalError `schedule_missing` */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new FinalError('schedule_missing', 'there is no schedule yet: make it with `lockstep schedule ensure`');
  }
}
