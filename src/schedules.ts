import { setTimeout as sleep } from 'node:timers/promises';
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
import { SCHEDULE_ID, scheduleId } from './temporal/deployment-ids.ts';

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
  /** A run that was missed for longer is left out. Default: ten minutes. */
  readonly catchupMs?: number;
  /** For a new schedule: why it is paused. */
  readonly pausedNote?: string | undefined;
}

/** The part of the configuration that the schedule of a deployment follows. */
export interface ScheduledDeployment {
  readonly taskQueue: string;
  /** Default: ten minutes. */
  readonly everyMs?: number;
}

export const TEN_MINUTES_MS = 600_000;

/** Deployments and workspaces do not all start at the same second. */
export const jitterOf = (everyMs: number): number => Math.min(everyMs / 20, 30_000);

/**
 * Creates or updates the schedule of cycles. A paused schedule stays paused.
 * @throws FinalError `schedule_foreign` when it belongs to another deployment, unless `takeOver` is set
 */
export async function ensureSchedule(
  client: Client,
  { taskQueue, everyMs = TEN_MINUTES_MS }: ScheduledDeployment,
  { takeOver = false } = {},
): Promise<'created' | 'updated'> {
  const done = await ensure(
    client,
    {
      scheduleId: scheduleId(taskQueue),
      spec: { intervals: [{ every: everyMs }], jitter: jitterOf(everyMs) },
      workflow: { type: 'syncCycle', args: [], taskQueue, timeout: CYCLE_TIMEOUT },
      catchupMs: everyMs,
    },
    { takeOver },
  );
  await replaceUnqueued(client, taskQueue);
  return done;
}

/** Earlier versions had one schedule id for all task queues. A pause of that schedule is kept. */
async function replaceUnqueued(client: Client, taskQueue: string): Promise<void> {
  if (scheduleId(taskQueue) === SCHEDULE_ID) return;
  const old = client.schedule.getHandle(SCHEDULE_ID);
  const found = await ifExists(old.describe());
  if (found?.action.taskQueue !== taskQueue) return;
  if (found.state.paused) await pauseSchedule(client, taskQueue, found.state.note);
  await old.delete();
}

/** @returns null when the schedule does not exist */
export async function ifExists<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

const wanted = ({
  scheduleId,
  spec,
  workflow,
  catchupMs = TEN_MINUTES_MS,
}: ScheduleDefinition): Omit<ScheduleOptions, 'state'> => ({
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
    catchupWindow: catchupMs,
    pauseOnFailure: false,
  },
});

/**
 * Creates or updates a schedule. A paused schedule stays paused.
 * @throws FinalError `schedule_foreign` when it starts workflows on another task queue, unless `takeOver` is set
 */
export async function ensure(
  client: Client,
  definition: ScheduleDefinition,
  { takeOver = false } = {},
): Promise<'created' | 'updated'> {
  const options = wanted(definition);
  const { pausedNote } = definition;
  try {
    const state = pausedNote === undefined ? {} : { state: { paused: true, note: pausedNote } };
    await client.schedule.create({ ...options, ...state });
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { scheduleId, ...schedule } = options;
  const handle = client.schedule.getHandle(scheduleId);
  const { action } = await handle.describe();
  if (action.taskQueue !== definition.workflow.taskQueue && !takeOver) throw foreign(scheduleId, action.taskQueue);
  // Without its previous state, a paused schedule would resume.
  await update(handle, ({ state }) => ({ ...schedule, state }));
  return 'updated';
}

/**
 * Updates a schedule, and waits until the update is in force. The server applies a pause before an update that it
 * receives in the same workflow task, whatever their order: the update would undo a pause that follows it at once.
 */
export async function update(handle: ScheduleHandle, change: Parameters<ScheduleHandle['update']>[0]): Promise<void> {
  await handle.update(change);
  await handle.describe();
}

const foreign = (id: string, owner: string | undefined): FinalError =>
  new FinalError(
    'schedule_foreign',
    `the schedule ${id} starts workflows on task queue ${owner}: it belongs to another deployment; to take it over, run lockstep schedule ensure --take-over`,
  );

export const PAUSED_BY_COMMAND = 'Paused with lockstep pause';

export const pauseSchedule = (client: Client, taskQueue: string, note?: string): Promise<void> =>
  explained(setPaused(scheduleHandle(client, taskQueue), true, note ?? PAUSED_BY_COMMAND));

export const resumeSchedule = (client: Client, taskQueue: string, note: string): Promise<void> =>
  explained(setPaused(scheduleHandle(client, taskQueue), false, note));

const LOOK_MS = 100;
const MAX_LOOKS = 20;

/** Temporal accepts the change before a description shows it, and hints ask for a description. */
async function setPaused(handle: ScheduleHandle, isPaused: boolean, note: string): Promise<void> {
  await (isPaused ? handle.pause(note) : handle.unpause(note));
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const { state } = await handle.describe();
    if (state.paused === isPaused) return;
    await sleep(LOOK_MS);
  }
}

/**
 * Triggers a cycle. While one runs, one more is buffered: by default, Temporal would start it at once, whatever the
 * schedule's own policy is.
 */
export const triggerSchedule = (client: Client, taskQueue: string): Promise<void> =>
  explained(scheduleHandle(client, taskQueue).trigger(ScheduleOverlapPolicy.BUFFER_ONE));

export const describeSchedule = (client: Client, taskQueue: string): Promise<ScheduleDescription> =>
  explained(scheduleHandle(client, taskQueue).describe());

export const deleteSchedule = (client: Client, taskQueue: string): Promise<void> =>
  explained(scheduleHandle(client, taskQueue).delete());

const scheduleHandle = (client: Client, taskQueue: string): ScheduleHandle =>
  client.schedule.getHandle(scheduleId(taskQueue));

/** @throws FinalError `schedule_missing` */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new FinalError('schedule_missing', 'there is no schedule yet: create it with `lockstep schedule ensure`');
  }
}
