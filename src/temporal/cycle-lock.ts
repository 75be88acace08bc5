import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';

export interface LockHolder {
  readonly lock: WorkflowExecutionDescription;
  /** The workflow id of the cycle that took the lock; empty when somebody started the lock by hand. */
  readonly holder: string;
  /** Whether that cycle is open. After a reset, its latest run counts. */
  readonly isHeld: boolean;
}

/** The open lock and its holder; null while the lock is free. */
export async function findLockHolder(client: Client, lockId: string): Promise<LockHolder | null> {
  const lock = await describe(client, lockId);
  if (!lock || isClosed(lock)) return null;
  // Locks that earlier versions started are children of their cycle.
  const holder = String(lock.memo?.holder ?? lock.parentExecution?.workflowId ?? '');
  const cycle = holder === '' ? null : await describe(client, holder);
  return { lock, holder, isHeld: cycle !== null && !isClosed(cycle) };
}

export const isClosed = ({ closeTime }: WorkflowExecutionDescription): boolean => closeTime !== undefined;

/** @returns null when there is no workflow with this id */
async function describe(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Ends a lock whose cycle is closed. */
export async function endLock(client: Client, { workflowId, runId }: WorkflowExecutionDescription): Promise<void> {
  await client.workflow.getHandle(workflowId, runId).terminate('the cycle that held it is closed').catch(ignoreClosed);
}

/** For a workflow that may have ended by itself. */
export function ignoreClosed(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
