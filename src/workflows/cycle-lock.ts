import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  defineSignal,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';

/** The lock's workflow type, as histories have it. */
const CYCLE_LOCK = 'cycleTurn';
const release = defineSignal('release');
const MAX_WAIT_S = 15;

/** Holds the cycle lock while it is open: Temporal allows one open workflow per id. */
export async function cycleLock(): Promise<void> {
  let released = false;
  setHandler(release, () => {
    released = true;
  });
  await condition(() => released);
}

/**
 * Runs `work` while holding the cycle lock. When the cycle dies, its parent close policy terminates the lock, so the
 * next cycle does not wait for a timeout.
 */
export async function withCycleLock<T>(workflowId: string, work: () => Promise<T>): Promise<T> {
  const lock = await acquire(workflowId);
  try {
    return await work();
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await lock.signal(release);
      await lock.result();
    });
  }
}

async function acquire(workflowId: string) {
  for (let wait = 1; ; wait = Math.min(wait * 2, MAX_WAIT_S)) {
    try {
      return await startChild<typeof cycleLock>(CYCLE_LOCK, {
        workflowId,
        parentClosePolicy: ParentClosePolicy.TERMINATE,
        staticSummary: 'Held by the running cycle',
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      setCurrentDetails('Waiting: another cycle is running.');
      await sleep(`${wait}s`);
    }
  }
}
