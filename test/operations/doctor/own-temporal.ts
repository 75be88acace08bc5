import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { inject, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { ensureChores } from '../../../src/features/chores/chore-schedules.ts';
import { ensureSchedule } from '../../../src/schedules.ts';
import { addSearchAttributes, missingSearchAttributes } from '../../../src/temporal/namespace.ts';

/** A separate namespace on the shared server, since each namespace has one schedule. */
export interface OwnTemporal {
  readonly client: Client;
  readonly env: { readonly TEMPORAL_ADDRESS: string; readonly TEMPORAL_NAMESPACE: string; TEMPORAL_TASK_QUEUE: string };
  close(): Promise<void>;
}

/** Has the schedules, and a poller that does no work: a cycle that starts meanwhile makes no progress. */
export async function ownTemporal(): Promise<OwnTemporal> {
  const address = inject('temporalAddress');
  const namespace = `doctor-${randomUUID()}`;
  const taskQueue = 'doctors';
  const [connection, asking] = await Promise.all([Connection.connect({ address }), Connection.connect({ address })]);
  const { workflowService } = connection;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('7 days') });
  const client = new Client({ connection, namespace });
  // The server's parts learn of a new namespace only after a while.
  await vi.waitFor(() => ensureSchedule(client, { taskQueue }), { timeout: 60_000, interval: 200 });
  await ensureChores(client, readConfig({ TEMPORAL_TASK_QUEUE: taskQueue }));
  await addSearchAttributes(client, await missingSearchAttributes(client));
  const closing = new AbortController();
  const poll = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const ask = { namespace, taskQueue: { name: taskQueue }, identity: 'nobody' };
      await asking
        .withAbortSignal(closing.signal, () =>
          asking.withDeadline(Date.now() + 60_000, () => asking.workflowService.pollWorkflowTaskQueue(ask)),
        )
        .catch(() => undefined);
    }
  };
  const polling = poll();
  await vi.waitFor(
    async () => {
      const queue = { namespace, taskQueue: { name: taskQueue }, taskQueueType: 1 };
      const { pollers } = await workflowService.describeTaskQueue(queue);
      if (!pollers?.length) throw new Error('nothing has polled yet');
    },
    { timeout: 60_000, interval: 100 },
  );
  return {
    client,
    env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_TASK_QUEUE: taskQueue },
    close: async () => {
      closing.abort();
      await polling;
      await asking.close();
      await connection.close();
    },
  };
}
