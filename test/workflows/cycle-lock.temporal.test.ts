import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { describe, expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import type { Direction, PlannedSync, SyncRequest } from '../../src/cycle/messages.ts';
import { readOpenWork } from '../../src/temporal/open-work.ts';
import { testTemporal } from '../support/temporal.ts';
import { noChanges, smallPlan, withFakeActivities } from './fake-worker.ts';

const { EventType } = proto.temporal.api.enums.v1;

const PHASES = ['inbound', 'outbound', 'trigger'] as const;
const trigger: PlannedSync = { name: 'trigger', kind: 'trigger', entity: 'calendar_events', after: [] };

/** Stops the syncs of one phase until it is opened, as work that notices its cancellation. */
class Gate {
  readonly #phase: Direction;
  readonly ran: string[] = [];
  isOpen = false;
  #arrived = (): void => undefined;
  readonly arrived = new Promise<void>((resolve) => {
    this.#arrived = resolve;
  });

  constructor(phase: Direction) {
    this.#phase = phase;
  }

  readonly activities = (): Partial<Activities> => ({
    planCycle: async () => {
      const { workflowExecution, taskQueue } = Context.current().info;
      return { ...smallPlan, trigger: [trigger], turn: `turn-${taskQueue}`, runId: workflowExecution?.runId ?? '' };
    },
    syncInbound: (request) => this.#sync(request, 'inbound'),
    syncOutbound: (request) => this.#sync(request, 'outbound'),
    triggerTasks: (request) => this.#sync(request, 'trigger'),
  });

  async #sync(request: SyncRequest, phase: Direction) {
    const { heartbeat, cancellationSignal } = Context.current();
    if (phase === this.#phase) {
      this.#arrived();
      while (!this.isOpen) {
        heartbeat();
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (cancellationSignal.aborted) throw new CancelledFailure('cancelled');
      }
    }
    this.ran.push(request.name);
    return noChanges(request, phase);
  }
}

type ResetPoint = 'first' | 'last' | 'outbound';

/** Resets to the first or last workflow task, or to the one that started the outbound phase. */
async function reset({ client, workflowId }: WorkflowHandle, point: ResetPoint): Promise<WorkflowHandle> {
  const handle = client.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  const tasks = (events ?? []).filter(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  const outbound = (events ?? []).find(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: started }) =>
      started?.workflowType?.name === 'outboundSync',
  );
  const taskIds = {
    first: tasks[0]?.eventId,
    last: tasks.at(-1)?.eventId,
    outbound: outbound?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowTaskCompletedEventId,
  };
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: testTemporal().namespace,
    workflowExecution: { workflowId, runId: (await handle.describe()).runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: taskIds[point] ?? null,
  });
  return client.getHandle(workflowId, runId);
}

/** The open workflows of the test: its cycles, their phases and the lock. */
async function openWorkflows(client: WorkflowHandle['client'], taskQueue: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId } of client.list({
    query: `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`,
  }))
    found.push(workflowId);
  return found;
}

const pendingActivities = async (handle: WorkflowHandle) =>
  (await handle.describe()).raw.pendingActivities?.map(({ activityType }) => activityType?.name);

const taskQueueOf = async (handle: WorkflowHandle): Promise<string> => (await handle.describe()).taskQueue;

async function expectNothingOpen(handle: WorkflowHandle): Promise<void> {
  const taskQueue = await taskQueueOf(handle);
  await expect.poll(() => openWorkflows(handle.client, taskQueue)).toEqual([]);
}

const causeOf = (error: unknown): unknown => (error instanceof WorkflowFailedError ? error.cause : error);

describe('a reset cycle', () => {
  test.each(
    PHASES.flatMap((phase) => [
      { phase, task: 'first' as const },
      { phase, task: 'last' as const },
    ]),
  )(
    'while its $phase phase runs, to its $task workflow task: it completes, and so does the next one',
    async ({ phase, task }) => {
      const gate = new Gate(phase);
      await withFakeActivities(gate.activities(), async (start) => {
        const first = await start();
        await gate.arrived;
        const again = await reset(first, task);
        const next = await start();
        gate.isOpen = true;
        expect(await again.result()).toMatchObject({ ok: true });
        expect(await next.result()).toMatchObject({ ok: true });
        await expectNothingOpen(first);
      });
    },
  );

  test.each(['first', 'outbound'] as const)(
    'after it was closed, to its %s workflow task: it waits for the cycle that runs now',
    async (task) => {
      const gate = new Gate('inbound');
      await withFakeActivities(gate.activities(), async (start) => {
        gate.isOpen = true;
        const closed = await start();
        await closed.result();
        gate.isOpen = false;
        const running = await start();
        await expect.poll(async () => (await running.describe()).raw.pendingChildren?.length).toBe(1);
        gate.ran.splice(0);
        const again = await reset(closed, task);
        await expect.poll(() => pendingActivities(again)).toEqual(['takeCycleLock']);
        expect(gate.ran).toEqual([]);
        gate.isOpen = true;
        expect(await running.result()).toMatchObject({ ok: true });
        expect(await again.result()).toMatchObject({ ok: true });
        expect(await (await start()).result()).toMatchObject({ ok: true });
        await expectNothingOpen(closed);
      });
    },
  );
});

describe('a cancelled cycle', () => {
  test('ends as cancelled, after activities that end at different times', async () => {
    const ended: string[] = [];
    let running = 0;
    const endsLate = async (request: SyncRequest): Promise<never> => {
      const { cancelled, heartbeat } = Context.current();
      running += 1;
      const beat = setInterval(heartbeat, 50);
      await cancelled.catch(() => undefined);
      // The second one still writes when the first one has ended.
      await new Promise((resolve) => setTimeout(resolve, request.entity === 'tags' ? 0 : 1_500));
      clearInterval(beat);
      ended.push(request.entity);
      throw new CancelledFailure('cancelled');
    };
    await withFakeActivities({ syncInbound: endsLate }, async (start) => {
      const handle = await start();
      await expect.poll(() => running).toBe(2);
      await handle.cancel();
      const inbound = handle.client.getHandle(`${handle.workflowId}/inbound`);
      await inbound.result().catch(() => undefined);
      expect(ended).toEqual(['tags', 'tasks']);
      expect(causeOf(await handle.result().catch((error: unknown) => error))).toBeInstanceOf(CancelledFailure);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect((await inbound.describe()).status.name).toBe('CANCELLED');
      await expectNothingOpen(handle);
    });
  });

  test('while it waits for the cycle lock: it ends, and the holder keeps the lock', async () => {
    const gate = new Gate('inbound');
    await withFakeActivities(gate.activities(), async (start, _, __, client) => {
      const first = await start();
      await gate.arrived;
      const second = await start();
      await expect.poll(() => pendingActivities(second)).toEqual(['takeCycleLock']);
      const open = await readOpenWork(client, await taskQueueOf(first));
      expect(open.filter(({ waitsForLock }) => waitsForLock)).toMatchObject([{ workflowId: second.workflowId }]);
      await second.cancel();
      await second.result().catch(() => undefined);
      expect((await second.describe()).status.name).toBe('CANCELLED');
      expect((await first.describe()).status.name).toBe('RUNNING');
      gate.isOpen = true;
      expect(await first.result()).toMatchObject({ ok: true });
      expect(await (await start()).result()).toMatchObject({ ok: true });
      await expectNothingOpen(first);
    });
  });
});

describe('somebody terminates', () => {
  const lockOf = async (handle: WorkflowHandle) =>
    handle.client.getHandle(`turn-${await taskQueueOf(handle)}`) as ReturnType<Client['workflow']['getHandle']>;

  test.each(PHASES)(
    'the cycle lock during the %s phase: the cycle completes, and so does the next one',
    async (phase) => {
      const gate = new Gate(phase);
      await withFakeActivities(gate.activities(), async (start) => {
        const cycle = await start();
        await gate.arrived;
        await (await lockOf(cycle)).terminate('by hand');
        gate.isOpen = true;
        expect(await cycle.result()).toMatchObject({ ok: true });
        expect(await (await start()).result()).toMatchObject({ ok: true });
        await expectNothingOpen(cycle);
      });
    },
  );

  test.each([
    { how: 'terminates', done: 'terminated' },
    { how: 'cancels', done: 'cancelled' },
  ])('a phase ($how): its syncs fail with the reason, and the next phases run', async ({ how, done }) => {
    const gate = new Gate('inbound');
    await withFakeActivities(gate.activities(), async (start) => {
      const cycle = await start();
      await gate.arrived;
      const inbound = cycle.client.getHandle(`${cycle.workflowId}/inbound`);
      await (how === 'cancels' ? inbound.cancel() : inbound.terminate('by hand'));
      expect(causeOf(await cycle.result().catch((error: unknown) => error))).toMatchObject({
        type: 'CycleFailed',
        message: `2 of 5 syncs failed: the inbound phase was ${done} (tags-notion-to-sql, tasks-notion-to-sql)`,
      });
      expect(gate.ran.sort()).toEqual(['tags-sql-to-notion', 'tasks-sql-to-notion', 'trigger']);
      gate.isOpen = true;
      expect(await (await start()).result()).toMatchObject({ ok: true });
      await expectNothingOpen(cycle);
    });
  });

  test.each(PHASES)('the cycle during its %s phase: the next one takes over its lock at once', async (phase) => {
    const gate = new Gate(phase);
    await withFakeActivities(gate.activities(), async (start) => {
      const first = await start();
      await gate.arrived;
      await first.terminate('by hand');
      gate.isOpen = true;
      const second = await start();
      expect(await second.result()).toMatchObject({ ok: true });
      await expectNothingOpen(first);
    });
  });
});
