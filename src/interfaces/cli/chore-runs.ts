import { type Client, WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { type ChoreName, listChores } from '../../features/chores/timetable.ts';
import { ifExists } from '../../schedules.ts';
import { choreScheduleId } from '../../temporal/deployment-ids.ts';
import type { ChoreReport, ChoreRun } from '../dashboard/setup.ts';
import { reasonOf } from './cycle.ts';

/** A chore without its last run. */
export type ChoreState = Omit<ChoreReport, 'last'>;

/** All chores, and when each runs next. */
export const readChoreStates = (client: Client, config: Config): Promise<readonly ChoreState[]> =>
  Promise.all(listChores(config).map(async (chore) => (await readChore(client, config, chore)).state));

/** All chores, with the last run of each that Temporal still has. */
export const readChoreRuns = (client: Client, config: Config): Promise<readonly ChoreReport[]> =>
  Promise.all(
    listChores(config).map(async (chore) => {
      const { state, scheduled } = await readChore(client, config, chore);
      const byHand = client.workflow.getHandle(byHandId(chore.name, config.temporal.taskQueue));
      return { ...state, last: await lastOf(scheduled ? [byHand, scheduled] : [byHand]) };
    }),
  );

/** Starts a chore, or finds the run that was started by hand and is open. */
export const startChore = (client: Client, taskQueue: string, chore: ChoreName): Promise<WorkflowHandle> =>
  client.workflow.start('chore', {
    taskQueue,
    workflowId: byHandId(chore, taskQueue),
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [chore],
  });

const byHandId = (chore: ChoreName, taskQueue: string): string => `${choreScheduleId(chore, taskQueue)}-by-hand`;

interface FoundChore {
  readonly state: ChoreState;
  /** The last run that the schedule started. */
  readonly scheduled: WorkflowHandle | null;
}

async function readChore(
  client: Client,
  { temporal }: Config,
  { name, isConfigured }: { readonly name: ChoreName; readonly isConfigured: boolean },
): Promise<FoundChore> {
  const schedule = await ifExists(client.schedule.getHandle(choreScheduleId(name, temporal.taskQueue)).describe());
  if (!schedule) return { state: { name, state: isConfigured ? 'no schedule' : 'off', next: null }, scheduled: null };
  const { info } = schedule;
  const last = info.recentActions.at(-1)?.action.workflow;
  return {
    state: schedule.state.paused
      ? { name, state: 'paused', next: null }
      : { name, state: 'scheduled', next: info.nextActionTimes[0] ?? null },
    scheduled: last ? client.workflow.getHandle(last.workflowId, last.firstExecutionRunId) : null,
  };
}

async function lastOf(handles: readonly WorkflowHandle[]): Promise<ChoreRun | null> {
  const runs = (await Promise.all(handles.map(readRun))).filter((run) => run !== null);
  return runs.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0] ?? null;
}

/** Null when there was none, or Temporal has deleted it. */
async function readRun(handle: WorkflowHandle): Promise<ChoreRun | null> {
  try {
    const { workflowId, startTime: startedAt, status } = await handle.describe();
    const run = { workflowId, startedAt };
    return status.name === 'RUNNING'
      ? { ...run, status: 'running', message: '' }
      : { ...run, ...(await endOf(handle)) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function endOf(handle: WorkflowHandle): Promise<Pick<ChoreRun, 'status' | 'message'>> {
  try {
    return { status: 'ok', message: String(await handle.result()) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { status: 'failed', message: reasonOf(error) };
  }
}
