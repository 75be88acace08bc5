import type { Client } from '@temporalio/client';
import type { Hint } from '../../cycle/messages.ts';
import { HINT_SIGNAL } from '../../cycle/messages.ts';

/** A lost hint only delays an edit until the next cycle. */
const TIMEOUT_MS = 5_000;

/** One workflow for each entity at a time. */
export const hintWorkflowId = (taskQueue: string, entity: string): string => `lockstep-hint-${taskQueue}-${entity}`;

/** Signals the entity's hint workflow, and starts it if it does not run. @throws Temporal's errors */
export async function giveHint(client: Client, taskQueue: string, entity: string, hint: Hint): Promise<void> {
  await client.withDeadline(Date.now() + TIMEOUT_MS, () =>
    client.workflow.signalWithStart('changeHint', {
      taskQueue,
      workflowId: hintWorkflowId(taskQueue, entity),
      args: [{ entity }],
      signal: HINT_SIGNAL,
      signalArgs: [hint],
      staticSummary: `${entity}: recent changes`,
    }),
  );
}
