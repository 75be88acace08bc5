import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  log,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { BAD_REQUEST, CYCLE_LOCK } from '../cycle/messages.ts';
import { locks } from './activity-proxies.ts';

const release = defineSignal('release');

/** Holds the cycle lock while it is open: Temporal allows one open workflow per id. */
export async function cycleLock(request?: { readonly holder: string }): Promise<void> {
  let released = false;
  setHandler(release, () => {
    released = true;
  });
  // A lock that an earlier version started has a parent instead.
  if (!workflowInfo().parent && typeof request?.holder !== 'string') {
    throw ApplicationFailure.nonRetryable(
      'cycleTurn is the cycle lock, which cycles start by themselves: start syncCycle instead',
      BAD_REQUEST,
    );
  }
  await condition(() => released);
}

/** The lock of a cycle that runs. */
export interface HeldLock {
  /** For a cycle that was reset: another cycle may have taken the lock since. Waits until it is free. */
  takeAgain(): Promise<void>;
}

/** Runs `work` while holding the cycle lock. A lock that was ended meanwhile, by hand for example, changes nothing. */
export async function withCycleLock<T>(lockId: string, work: (lock: HeldLock) => Promise<T>): Promise<T> {
  if (!patched('lock-by-activity')) return withChildLock(lockId, work);
  let { runId } = await take(lockId);
  const takeAgain = async (): Promise<void> => {
    ({ runId } = await take(lockId));
  };
  try {
    return await work({ takeAgain });
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await getExternalWorkflowHandle(lockId, runId)
        .signal(release)
        .catch((error: Error) => log.info(`the cycle lock was already ended: ${error.message}`));
    });
  }
}

function take(lockId: string): ReturnType<typeof locks.takeCycleLock> {
  setCurrentDetails('Waiting for the cycle lock.');
  return locks.takeCycleLock.executeWithOptions({ summary: 'the cycle lock' }, [lockId]);
}

const MAX_WAIT_S = 15;

/** As cycles did that started before the lock was taken by an activity. */
async function withChildLock<T>(lockId: string, work: (lock: HeldLock) => Promise<T>): Promise<T> {
  const lock = await startChildLock(lockId);
  try {
    return await work({ takeAgain: async () => undefined });
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await lock.signal(release);
      await lock.result();
    });
  }
}

async function startChildLock(workflowId: string) {
  for (let wait = 1; ; wait = Math.min(wait * 2, MAX_WAIT_S)) {
    try {
      return await startChild<typeof cycleLock>(CYCLE_LOCK, {
        workflowId,
        parentClosePolicy: ParentClosePolicy.TERMINATE,
        staticSummary: 'Held by the running cycle',
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep(`${wait}s`);
    }
  }
}
