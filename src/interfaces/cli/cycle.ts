import { randomBytes } from 'node:crypto';
import {
  ApplicationFailure,
  CancelledFailure,
  type Client,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowFailedError,
} from '@temporalio/client';
import { CYCLE_FAILED, type CycleRequest, type CycleResult } from '../../cycle/messages.ts';

export interface StartedCycle {
  readonly workflowId: string;
  readonly runId: string;
}

/** Starts a manual cycle. While another cycle runs, it waits for the cycle lock. */
export async function startCycle(client: Client, taskQueue: string, request: CycleRequest): Promise<StartedCycle> {
  const workflowId = `lockstep-sync-${new Date().toISOString()}-${randomBytes(3).toString('hex')}`;
  const handle = await client.workflow.start('syncCycle', { workflowId, taskQueue, args: [request] });
  return { workflowId, runId: handle.firstExecutionRunId };
}

/** The result of a cycle, or how it ended without one: `was cancelled`. */
export type CycleEnd = { readonly result: CycleResult } | { readonly result: null; readonly how: string };

/** Waits for the end of a cycle. A failed cycle has a result as well. */
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
    return { result: null, how: howItEnded(cause ?? error) };
  }
}

function howItEnded(error: Error): string {
  if (error instanceof CancelledFailure) return 'was cancelled';
  if (error instanceof TerminatedFailure) return 'was terminated';
  if (error instanceof TimeoutFailure) return 'timed out';
  return `failed: ${reasonOf(error)}`;
}

/** The innermost cause is the reason; the outer ones only say that an activity or a child workflow failed. */
export function reasonOf(error: Error): string {
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
