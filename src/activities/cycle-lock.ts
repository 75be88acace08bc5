import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { CYCLE_LOCK, CYCLE_LOCK_TIMEOUT_MS } from '../cycle/messages.ts';
import { Backoff } from '../shared/backoff.ts';
import { endLock, findLockHolder, ignoreClosed, isClosed } from '../temporal/cycle-lock.ts';

/** How often a waiting cycle looks at the lock. Temporal Cloud does not bill this. */
const LOOK = { firstMs: 100, maxMs: 2_000 };

/** The lock that a cycle holds. */
export interface TakenLock {
  readonly runId: string;
}

/**
 * Takes the cycle lock: starts its workflow, which Temporal allows once. While another cycle holds it, waits for its
 * end. The lock of a closed cycle is taken over at once. A cycle that was reset, and a second attempt, keep the lock
 * that they have.
 * @throws ApplicationFailure `cycle_lock_busy` when the wait is longer than any cycle may run
 */
export const takeCycleLock =
  () =>
  async (lockId: string): Promise<TakenLock> => {
    const { client, info, heartbeat, cancellationSignal } = Context.current();
    const { workflowExecution, taskQueue, scheduledTimestampMs } = info;
    const { workflowId: holder = '' } = workflowExecution ?? {};
    const backoff = new Backoff(LOOK);
    for (;;) {
      const taken = await start(client, lockId, holder, taskQueue);
      if (taken) return taken;
      const found = await findLockHolder(client, lockId);
      if (!found) continue;
      if (found.holder === holder) return { runId: found.lock.runId };
      if (!found.isHeld) await endLock(client, found.lock);
      else if (Date.now() - scheduledTimestampMs > CYCLE_LOCK_TIMEOUT_MS) throw lockBusy(found.holder);
      else {
        heartbeat();
        await pause(backoff, cancellationSignal);
      }
    }
  };

async function start(client: Client, workflowId: string, holder: string, taskQueue: string): Promise<TakenLock | null> {
  try {
    const handle = await client.workflow.start(CYCLE_LOCK, {
      ...{ workflowId, taskQueue, args: [{ holder }], memo: { holder } },
      workflowExecutionTimeout: CYCLE_LOCK_TIMEOUT_MS,
      staticSummary: 'Held by the running cycle',
    });
    return { runId: handle.firstExecutionRunId };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

const lockBusy = (holder: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `waited ${CYCLE_LOCK_TIMEOUT_MS / 3_600_000} hours for the cycle lock, which ${holder} holds: cancel or terminate that workflow`,
    'cycle_lock_busy',
  );

/** How long a phase may take to end after it was cancelled. */
const MAX_CANCEL_MS = 120_000;

/**
 * Cancels a phase that an earlier run of its cycle left open, and waits for its end: a reset keeps a cycle's children.
 * One that does not end is terminated; its activities then end with their next heartbeat.
 */
export const endLeftoverPhase =
  () =>
  async (workflowId: string): Promise<void> => {
    const { client, heartbeat, cancellationSignal } = Context.current();
    const handle = client.workflow.getHandle(workflowId);
    await handle.cancel().catch(ignoreClosed);
    const backoff = new Backoff(LOOK);
    for (const since = Date.now(); Date.now() - since < MAX_CANCEL_MS; ) {
      if (isClosed(await handle.describe())) return;
      heartbeat();
      await pause(backoff, cancellationSignal);
    }
    await handle.terminate('it did not end when it was cancelled').catch(ignoreClosed);
  };

const pause = (backoff: Backoff, signal: AbortSignal): Promise<void> =>
  sleep(backoff.next(), undefined, { signal }).catch(() => signal.throwIfAborted());
