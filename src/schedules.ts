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

/** Without a timeout, a cycle that hangs would block every later one. */
const CYCLE_TIMEOUT = '6 hours';

/** The desired state of a schedule. */
export interface ScheduleDefinition {
  /** Also the id of its workflows. */
  readonly scheduleId: string;
  readonly spec: ScheduleSpec;
  readonly workflow: {
    readonly type: string;
    readonly args: readonly string[];
    readonly taskQueue: string;
    readonly timeout: Duration;
  };
}

/** Creates or updates the ten-minute schedule. A paused schedule stays paused. */
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
    // A cycle reads all changes since the last one, so missed ones need no catch-up. The default is a year.
    catchupWindow: '10 minutes',
    pauseOnFailure: false,
  },
});

/** Creates or updates a schedule. A paused schedule stays paused. */
export async function ensure(client: Client, definition: ScheduleDefinition): Promise<'created' | 'updated'> {
  const options = wanted(definition);
  try {
    await client.schedule.create(options);
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { scheduleId: _, ...schedule } = options;
  // Without its previous state, a paused schedule would resume.
  await client.schedule.getHandle(definition.scheduleId).update(({ state }) => ({ ...schedule, state }));
  return 'updated';
}

export const pauseSchedule = (client: Client, note?: string): Promise<void> =>
  explained(scheduleHandle(client).pause(note ?? 'Paused with lockstep schedule pause'));

export const resumeSchedule = (client: Client): Promise<void> =>
  explained(scheduleHandle(client).unpause('Resumed with lockstep schedule resume'));

/**
 * Triggers a cycle. While one runs, one more is buffered: by default, Temporal would start it at once, whatever the
 * schedule's own policy is.
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
    throw new FinalError('schedule_missing', 'there is no schedule yet: create it with `lockstep schedule ensure`');
  }
}
