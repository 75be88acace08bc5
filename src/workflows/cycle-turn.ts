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
import { Backoff } from '../shared/backoff.ts';

const release = defineSignal('release');
const RETRY = { firstMs: 1_000, maxMs: 15_000 };

/** Holds the turn by merely being open: Temporal allows one open workflow of an id. */
export async function cycleTurn(): Promise<void> {
  let released = false;
  setHandler(release, () => {
    released = true;
  });
  await condition(() => released);
}

/**
 * Runs `work` while no other cycle of this name runs. A cycle that dies
 * takes its turn with it (parent close policy), so nobody waits out a lock.
 */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const turn = await takeTurn(name);
  try {
    return await work();
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await turn.signal(release);
      await turn.result();
    });
  }
}

async function takeTurn(workflowId: string) {
  const backoff = new Backoff(RETRY);
  while (true) {
    try {
      return await startChild(cycleTurn, {
        workflowId,
        parentClosePolicy: ParentClosePolicy.TERMINATE,
        staticSummary: 'Held by the cycle that runs',
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      setCurrentDetails('Waiting: another cycle is running.');
      await sleep(backoff.next());
    }
  }
}
