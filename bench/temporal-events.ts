import type { Client } from '@temporalio/client';

/** Counts the events in the histories of a workflow and all its descendants. */
export async function countEvents(client: Client, workflowId: string, runId?: string): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  let count = events?.length ?? 0;
  for (const event of events ?? []) {
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (child?.workflowId) count += await countEvents(client, child.workflowId, child.runId ?? undefined);
  }
  return count;
}
