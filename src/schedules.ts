import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { FinalError } from './errors.ts';

export const SCHEDULE_ID = 'lockstep-sync-cycle';

/** A cycle that hangs would otherwise keep every later one from starting. */
const CYCLE_TIMEOUT = '6 hours';

/** What a schedule shall be, whatever it was before. */
export interface ScheduleDefinition {
  /** Its workflows' id, too. */
  readonly scheduleId: string;
  readonly spec: ScheduleSpec;
  readonly workflow: {
    readonly type: string;
    readonly args: readonly string[];
    readonly taskQueue: string;
    readonly timeout: Duration;
  };
}

/**
 * Makes the ten-minute schedule, or brings it to what it shall be; a pause stays a pause.
 * @returns whether it was there before
 */
export const ensureSchedule = (client: Client, taskQueue: string): Promise<'created' | 'updated'> =>
  ensure(client, {
    scheduleId: SCHEDULE_ID,
    spec: { intervals: [{ every: '10 minutes' }] },
    workflow: { type: 'syncCycle', args: [], taskQueue, timeout: CYCLE_TIMEOUT },
  });

const wanted = ({ scheduleId, spec, workflow }: ScheduleDefinition): Omit<ScheduleOptions, 'state'> => ({
  scheduleId,
  spec,
  action: {
    type: 'startWorkflow',
    workflowType: workflow.type,
    workflowId: scheduleId,
    taskQueue: workflow.taskQueue,
    args: [...workflow.args],
    workflowExecutionTimeout: workflow.timeout,
  },
  policies: {
    overlap: ScheduleOverlapPolicy.SKIP,
    // A cycle reads what changed since the last one: making up for missed ones is pointless.
    // Temporal's own default is a year.
    catchupWindow: '10 minutes',
    pauseOnFailure: false,
  },
});

/** As `ensureSchedule`, for any. @returns whether it was there before */
export async function ensure(client: Client, definition: ScheduleDefinition): Promise<'created' | 'updated'> {
  const options = wanted(definition);
  try {
    await client.schedule.create(options);
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { scheduleId: _, ...schedule } = options;
  // Without its state given back, a paused schedule would run again.
  await client.schedule.getHandle(definition.scheduleId).update(({ state }) => ({ ...schedule, state }));
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
