import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, ServiceError } from '@temporalio/client';
import { summarize } from '../../cycle/summary.ts';
import { type CycleEnd, cycleEnd } from './cycle.ts';

const POLL_MS = 1_000;
const LISTED_WITHIN_MS = 5 * 60_000;

export interface EndedCycle {
  readonly end: CycleEnd;
  readonly closedAt: Date;
  readonly durationMs: number;
}

/**
 * Every cycle of the task queue that ends from now on, including manual ones, until the signal aborts. It keeps
 * waiting while Temporal does not answer.
 */
export async function* endedCycles(client: Client, taskQueue: string, signal: AbortSignal): AsyncGenerator<EndedCycle> {
  let since = new Date();
  const seen = new Set<string>();
  while (!signal.aborted) {
    try {
      const closed = `CloseTime >= '${since.toISOString()}'`;
      const query = `WorkflowType = 'syncCycle' AND TaskQueue = '${taskQueue}' AND ExecutionStatus != 'Running' AND ${closed}`;
      for await (const { workflowId, runId, startTime, closeTime } of client.workflow.list({ query })) {
        if (seen.has(runId) || !closeTime) continue;
        const end = await cycleEnd(client, workflowId, runId);
        seen.add(runId);
        yield { end, closedAt: closeTime, durationMs: closeTime.getTime() - startTime.getTime() };
      }
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
    // Cycles that closed earlier have been listed by now.
    since = new Date(Math.max(since.getTime(), Date.now() - LISTED_WITHIN_MS));
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

/** `19:30  cycle ok in 4.2 s: tasks: 3 created, 1 conflict` */
export function describeCycle({ end, closedAt, durationMs }: EndedCycle): string {
  const time = closedAt.toTimeString().slice(0, 5);
  const took = `${(durationMs / 1_000).toFixed(1)} s`;
  if (!end.result) return `${time}  after ${took}, the cycle ${end.how}`;
  return `${time}  cycle ${end.result.ok ? 'ok' : 'failed'} in ${took}: ${summarize(end.result.syncs)}`;
}
