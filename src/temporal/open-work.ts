import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { isClosed } from './cycle-lock.ts';

/** More open workflows than a deployment ever has. */
const MAX_WORKFLOWS = 50;
/** The first attempts of a workflow task may fail while workers restart. */
const MIN_TASK_ATTEMPTS = 3;
const LAST_EVENTS = 5;

/** A cycle, phase, hint or chore that is open. */
export interface OpenWorkflow {
  readonly workflowId: string;
  readonly type: string;
  readonly since: Date;
  /** Why its workflow task fails again and again, such as a history that does not replay; null when it does not. */
  readonly failingTask: string | null;
  /** A cycle that waits for another one, which holds the cycle lock. */
  readonly waitsForLock: boolean;
  /** Activities that will be tried again: which, and why the last attempt failed. */
  readonly retries: readonly string[];
}

/** The open workflows of a deployment, however they were started. The cycle lock and a planned end of a pause are not among them. */
export async function readOpenWork(client: Client, taskQueue: string): Promise<readonly OpenWorkflow[]> {
  const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running' AND WorkflowType NOT IN ('cycleTurn', 'endPause')`;
  const found: OpenWorkflow[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: MAX_WORKFLOWS })) {
    const description = await describe(client, workflowId, runId);
    if (description && !isClosed(description)) found.push(await toOpenWorkflow(client, description));
    if (found.length === MAX_WORKFLOWS) break;
  }
  return found;
}

/** Visibility may list what has just ended. */
async function describe(client: Client, workflowId: string, runId: string) {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function toOpenWorkflow(client: Client, description: WorkflowExecutionDescription): Promise<OpenWorkflow> {
  const { workflowId, type, startTime, raw } = description;
  const attempt = raw.pendingWorkflowTask?.attempt ?? 1;
  const activities = raw.pendingActivities ?? [];
  return {
    ...{ workflowId, type, since: startTime },
    failingTask: attempt < MIN_TASK_ATTEMPTS ? null : await taskFailure(client, description),
    waitsForLock: activities.some(({ activityType }) => activityType?.name === 'takeCycleLock'),
    retries: activities.flatMap(({ activityType, attempt: tried, lastFailure }) =>
      lastFailure ? [`${activityType?.name}, attempt ${tried}: ${lastFailure.message}`] : [],
    ),
  };
}

/** Temporal records the first failure of a task only. A task that nobody takes times out instead. */
async function taskFailure(
  client: Client,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<string | null> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  const failed = history?.events?.find((event) => event.workflowTaskFailedEventAttributes);
  const reason = failed?.workflowTaskFailedEventAttributes?.failure?.message;
  return failed ? (reason?.split('\n', 1)[0] ?? 'no reason reported') : null;
}
