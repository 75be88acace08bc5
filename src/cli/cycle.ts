import { ApplicationFailure, type Client, TimeoutFailure, WorkflowFailedError } from '@temporalio/client';
import { CYCLE_FAILED, type CycleResult } from '../workflows/types.ts';

/** How a cycle ended: its result, or why there is none. */
export type CycleEnd = { readonly result: CycleResult } | { readonly result: null; readonly reason: string };

/** Waits until a cycle has ended; a failed one carries its result, too. */
export async function cycleEnd(client: Client, workflowId: string, runId: string): Promise<CycleEnd> {
  try {
    return { result: await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result() };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof ApplicationFailure && cause.type === CYCLE_FAILED) {
      const [result] = cause.details ?? [];
      return { result: result as CycleResult };
    }
    return { result: null, reason: cause instanceof TimeoutFailure ? 'it ran out of time' : reasonOf(cause ?? error) };
  }
}

/** The innermost cause says it best: what is around it only says that an activity or a child failed. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
