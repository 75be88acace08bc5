import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { checkInput } from '../../src/activities/check-input.ts';
import { endLeftoverPhase, takeCycleLock } from '../../src/activities/cycle-lock.ts';
import type { Activities } from '../../src/activities/index.ts';
import type {
  CyclePlan,
  CycleRequest,
  Direction,
  Hint,
  HintPlan,
  PreviewRequest,
  SyncOutcome,
  SyncRequest,
} from '../../src/cycle/messages.ts';
import { HINT_SIGNAL } from '../../src/cycle/messages.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { testTemporal } from '../support/temporal.ts';

/** The outcome of a sync with nothing to do. */
export const noChanges = (
  { name, entity }: Pick<SyncRequest, 'name' | 'entity'>,
  direction: Direction,
): SyncOutcome => ({
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

/** Sends hints about tasks to the running workflow, or to a new one. */
export type SendHints = (...hints: Hint[]) => Promise<WorkflowHandle>;

/** Runs the real workflows on a real server, with fake activities. */
export async function withFakeActivities<T>(
  activities: Partial<Activities>,
  work: (
    start: (request?: CycleRequest) => Promise<WorkflowHandle>,
    sendHints: SendHints,
    taskQueue: string,
    client: Client,
  ) => Promise<T>,
): Promise<T> {
  const { address, namespace } = testTemporal();
  const [native, connection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  const taskQueue = `fake-${randomUUID()}`;
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowBundle: await workflowBundle(),
    // A heartbeat's response tells an activity that it was cancelled.
    maxHeartbeatThrottleInterval: '100 ms',
    activities: {
      planCycle: async () => ({
        ...smallPlan,
        turn: `turn-${taskQueue}`,
        runId: Context.current().info.workflowExecution?.runId ?? '',
      }),
      checkInput,
      takeCycleLock: takeCycleLock(),
      endLeftoverPhase: endLeftoverPhase(),
      syncInbound: async (request: SyncRequest) => noChanges(request, 'inbound'),
      syncOutbound: async (request: SyncRequest) => noChanges(request, 'outbound'),
      planHint: async () => hintPlan,
      previewSync: async (request: PreviewRequest) => noChanges(request, request.direction),
      syncPages: async (request: SyncRequest) => noChanges(request, 'inbound'),
      concludeIdle: async () => [],
      concludeUnchanged: async () => [],
      settleLinks: async () => undefined,
      recordFailure: async () => undefined,
      certifyTables: async () => undefined,
      ...activities,
    },
  });
  const client = new Client({ connection, namespace });
  const { workflow } = client;
  const start = (request: CycleRequest = {}) =>
    workflow.start('syncCycle', { taskQueue, workflowId: `cycle-${randomUUID()}`, args: [request] });
  const sendHints: SendHints = async (...hints) => {
    const workflowId = `hint-${taskQueue}`;
    const options = { taskQueue, workflowId, args: [{ entity: 'tasks' }], signal: HINT_SIGNAL };
    for (const hint of hints) await workflow.signalWithStart('changeHint', { ...options, signalArgs: [hint] });
    return workflow.getHandle(workflowId);
  };
  try {
    return await worker.runUntil(work(start, sendHints, taskQueue, client));
  } finally {
    await connection.close();
    await native.close();
  }
}
