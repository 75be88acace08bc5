import type { Client } from '@temporalio/client';
import type { Hint } from '../../cycle/messages.ts';
import { HINT_SIGNAL } from '../../cycle/messages.ts';

/** A hint is worth no long wait. */
const WITHIN_MS = 5_000;

/** One workflow of an entity at a time, whoever gives the hint. */
export const hintWorkflowId = (taskQueue: string, entity: string): string => `lockstep-hint-${taskQueue}-${entity}`;

/** Tells the workflow of the entity's hints, which is started unless it runs. @throws what Temporal says */
export async function giveHint(client: Client, taskQueue: string, entity: string, hint: Hint): Promise<void> {
  await client.withDeadline(Date.now() + WITHIN_MS, () =>
    client.workflow.signalWithStart('changeHint', {
      taskQueue,
      workflowId: hintWorkflowId(taskQueue, entity),
      args: [{ entity }],
      signal: HINT_SIGNAL,
      signalArgs: [hint],
      staticSummary: `${entity}: what changed lately`,
    }),
  );
}
