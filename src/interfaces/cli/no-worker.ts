import type { WorkflowExecutionDescription } from '@temporalio/client';

/** A running worker picks up a workflow within milliseconds. */
export const NO_WORKER_AFTER_MS = 5_000;
/** Started and scheduled: no worker has picked it up yet. */
const UNTOUCHED_EVENTS = 2;

/** Why a workflow has not begun; null when it has. @param what "the cycle" */
export function whyItWaits(
  { historyLength, raw }: WorkflowExecutionDescription,
  taskQueue: string,
  what: string,
): string | null {
  // Temporal retries a workflow task that a worker failed.
  if ((raw.pendingWorkflowTask?.attempt ?? 1) > 1) {
    return `a worker cannot run ${what}: see its log. A likely reason is another LOCKSTEP_TEMPORAL_ENCRYPTION_KEY, or another version of Lockstep`;
  }
  if (historyLength > UNTOUCHED_EVENTS) return null;
  return `no worker has picked up ${what}: start one with \`lockstep worker\` on task queue ${taskQueue}`;
}
