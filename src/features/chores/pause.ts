import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { describeSchedule, pauseSchedule, resumeSchedule, triggerSchedule } from '../../schedules.ts';
import { endPauseId } from '../../temporal/deployment-ids.ts';
import { pauseChores, resumeChores } from './chore-schedules.ts';

const RESUMED_BY_COMMAND = 'Resumed with lockstep resume';
const RESUMED_BY_TIME = 'Resumed when the time of the pause was over';

/**
 * Pauses cycles, hints and chores: hints look at the schedule of cycles. What runs is completed.
 * @param forMs after this time, a worker ends the pause; undefined: until somebody resumes
 * @throws FinalError `schedule_missing`
 */
export async function pause(client: Client, taskQueue: string, forMs: number | undefined): Promise<void> {
  await pauseSchedule(client, taskQueue);
  await pauseChores(client, taskQueue);
  if (forMs === undefined) return forgetEnd(client, taskQueue);
  await client.workflow.start('endPause', {
    taskQueue,
    workflowId: endPauseId(taskQueue),
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    startDelay: forMs,
    args: [],
    staticSummary: 'resumes cycles, hints and chores',
  });
}

/** Resumes all, and triggers a cycle: it finds what was edited in the meantime. @throws FinalError `schedule_missing` */
export async function resume(client: Client, taskQueue: string): Promise<void> {
  await forgetEnd(client, taskQueue);
  await resumeWith(client, taskQueue, RESUMED_BY_COMMAND);
}

/** As `resume`, when the time of a pause is over. Without effect when somebody has resumed before. */
export async function endPause(client: Client, taskQueue: string): Promise<void> {
  const { state } = await describeSchedule(client, taskQueue);
  if (state.paused) await resumeWith(client, taskQueue, RESUMED_BY_TIME);
}

/** When a pause ends by itself; null when it does not. */
export async function readPauseEnd(client: Client, taskQueue: string): Promise<Date | null> {
  try {
    const {
      status,
      startTime,
      executionTime = startTime,
    } = await client.workflow.getHandle(endPauseId(taskQueue)).describe();
    return status.name === 'RUNNING' ? executionTime : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The chores first: were it interrupted, a repetition would find the schedule of cycles still paused. */
async function resumeWith(client: Client, taskQueue: string, note: string): Promise<void> {
  await resumeChores(client, taskQueue, note);
  await resumeSchedule(client, taskQueue, note);
  await triggerSchedule(client, taskQueue);
}

async function forgetEnd(client: Client, taskQueue: string): Promise<void> {
  try {
    await client.workflow.getHandle(endPauseId(taskQueue)).terminate('the pause was changed');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
