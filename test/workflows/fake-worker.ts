import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import type { CyclePlan, Direction, Hint, HintPlan, SyncOutcome, SyncRequest } from '../../src/cycle/types.ts';
import { HINT_SIGNAL } from '../../src/cycle/types.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** What a sync answers that had nothing to do. */
export const inStep = ({ name, entity }: Pick<SyncRequest, 'name' | 'entity'>, direction: Direction): SyncOutcome => ({
  name,
  entity,
  direction,
  status: 'ok',
  processed: 0,
  created: 0,
  updated: 0,
  archived: 0,
  conflicts: 0,
  adopted: 0,
  requests: 0,
  issues: 0,
});

/** Two entities, each both ways, and no calendar. */
export const smallPlan: Omit<CyclePlan, 'turn'> = {
  inbound: ['tags', 'tasks'].map((entity) => ({ name: `${entity}-notion-to-sql`, kind: 'entity', entity, after: [] })),
  outbound: [
    { name: 'tasks-sql-to-notion', kind: 'entity', entity: 'tasks', after: ['tags-sql-to-notion'] },
    { name: 'tags-sql-to-notion', kind: 'entity', entity: 'tags', after: [] },
  ],
  trigger: [],
};

const hintPlan: HintPlan = {
  inbound: { name: 'tasks-notion-to-sql', kind: 'entity', entity: 'tasks', after: [] },
  outbound: [{ name: 'tasks-sql-to-notion', kind: 'entity', entity: 'tasks', after: [] }],
  linkers: ['tasks'],
  burst: 1_000,
};

/** Gives hints about tasks, to the workflow that runs or to a new one. */
export type Tell = (...hints: Hint[]) => Promise<WorkflowHandle>;

/** The real workflows on a real server, with activities made for the test. */
export async function withFakeActivities<T>(
  activities: Partial<Activities>,
  work: (start: () => Promise<WorkflowHandle>, tell: Tell) => Promise<T>,
): Promise<T> {
  const address = inject('temporalAddress');
  const [native, connection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  const taskQueue = `fake-${randomUUID()}`;
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: await workflowBundle(),
    // An activity hears by its heartbeats that it was cancelled.
    maxHeartbeatThrottleInterval: '100 ms',
    activities: {
      planCycle: async () => ({ ...smallPlan, turn: `turn-${taskQueue}` }),
      syncInbound: async (request: SyncRequest) => inStep(request, 'inbound'),
      syncOutbound: async (request: SyncRequest) => inStep(request, 'outbound'),
      planHint: async () => hintPlan,
      syncPages: async (request: SyncRequest) => inStep(request, 'inbound'),
      concludeIdle: async () => [],
      settleLinks: async () => undefined,
      recordFailure: async () => undefined,
      certifyTables: async () => undefined,
      ...activities,
    },
  });
  const { workflow } = new Client({ connection });
  const start = () => workflow.start('syncCycle', { taskQueue, workflowId: `cycle-${randomUUID()}` });
  const tell: Tell = async (...hints) => {
    const workflowId = `hint-${taskQueue}`;
    const options = { taskQueue, workflowId, args: [{ entity: 'tasks' }], signal: HINT_SIGNAL };
    for (const hint of hints) await workflow.signalWithStart('changeHint', { ...options, signalArgs: [hint] });
    return workflow.getHandle(workflowId);
  };
  try {
    return await worker.runUntil(work(start, tell));
  } finally {
    await connection.close();
    await native.close();
  }
}
