import type { Client } from '@temporalio/client';
import { PROGRESS_QUERY, type SyncProgress } from '../cycle/messages.ts';
import type { OpenWorkflow } from './open-work.ts';

/** The phases of a cycle, which are workflows named after it. */
export const PHASES = ['inbound', 'outbound', 'trigger'] as const;
/** A worker that does not answer in this time is too busy, or away. */
const ANSWER_MS = 1_000;

/** How many of a cycle's syncs have ended. */
export interface CycleProgress {
  readonly done: number;
  readonly total: number;
}

/** The syncs of a cycle or a phase. Empty until it has started, or while its worker does not answer. */
export async function queryProgress(client: Client, workflowId: string): Promise<readonly SyncProgress[]> {
  try {
    const handle = client.workflow.getHandle(workflowId);
    return await handle.query<readonly SyncProgress[]>(PROGRESS_QUERY);
  } catch {
    return [];
  }
}

/** The progress of the running cycles among open workflows, by workflow id. */
export async function readCycleProgress(
  client: Client,
  open: readonly OpenWorkflow[],
): Promise<ReadonlyMap<string, CycleProgress>> {
  const query = (workflowId: string): Promise<readonly SyncProgress[]> =>
    client.withDeadline(Date.now() + ANSWER_MS, () => queryProgress(client, workflowId));
  const isOpen = (workflowId: string): boolean => open.some((workflow) => workflow.workflowId === workflowId);
  const running = open.filter(
    ({ type, failingTask, waitsForLock }) => type === 'syncCycle' && failingTask === null && !waitsForLock,
  );
  const found = running.map(async ({ workflowId }) => {
    const phases = PHASES.map((phase) => `${workflowId}/${phase}`).filter(isOpen);
    // A phase knows which of its syncs have ended; the cycle knows it when the phase has ended.
    const states = (await Promise.all([workflowId, ...phases].map(query))).flat();
    const stateByName = new Map(states.map(({ name, state }) => [name, state]));
    const done = [...stateByName.values()].filter((state) => state !== 'waiting' && state !== 'running').length;
    return [workflowId, { done, total: stateByName.size }] as const;
  });
  return new Map((await Promise.all(found)).filter(([, { total }]) => total > 0));
}
