import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Client, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { type PlannedSync, SEARCH_ATTRIBUTES } from '../../src/cycle/messages.ts';
import { addSearchAttributes, missingSearchAttributes } from '../../src/temporal/namespace.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { noChanges, smallPlan, withFakeActivities } from './fake-worker.ts';

const { History } = proto.temporal.api.history.v1;
type History = Parameters<typeof History.encode>[0];
const folder = fileURLToPath(new URL('../histories/', import.meta.url));

/** `LOCKSTEP_RECORD_HISTORIES=0.1.0 npx vitest run replay` saves the histories of that release. */
const release = process.env.LOCKSTEP_RECORD_HISTORIES;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

/** The ids of a cycle and of its phases. */
const workflowIds = ({ workflowId }: WorkflowHandle): string[] => [
  workflowId,
  `${workflowId}/inbound`,
  `${workflowId}/outbound`,
];

const cycles = {
  good: {},
  failed: {
    syncInbound: async (request: Parameters<typeof noChanges>[0]) => {
      if (request.entity === 'tags') throw ApplicationFailure.nonRetryable('tags: no such database', 'not_found');
      return noChanges(request, 'inbound');
    },
  },
};

async function replay(workflowId: string, history: History, name: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
  if (!release) return;
  const bytes = Buffer.from(History.encode(history).finish()).toString('base64');
  writeFileSync(`${folder}${release}-${name}.json`, `${JSON.stringify({ workflowId, history: bytes })}\n`);
}

/** More signals than one run of a hint takes. */
const MANY_SIGNALS = 210;

const trigger: PlannedSync = { name: 'trigger', kind: 'trigger', entity: 'calendar_events', after: [] };

const pendingActivities = async (handle: WorkflowHandle) =>
  (await handle.describe()).raw.pendingActivities?.map(({ activityType }) => activityType?.name);

async function closedRuns(client: Client, taskQueue: string): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus != 'Running'`;
  for await (const run of client.workflow.list({ query })) found.push(run);
  return found;
}

async function resetToStart(client: Client, workflowId: string): Promise<WorkflowHandle> {
  const handle = client.workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  const task = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId: (await handle.describe()).runId },
    ...{ reason: 'a test', requestId: randomUUID(), workflowTaskFinishEventId: task?.eventId ?? null },
  });
  return client.workflow.getHandle(workflowId, runId);
}

describe('workflows are deterministic', () => {
  test.each(Object.entries(cycles))('a new %s cycle replays', async (name, activities) => {
    await withFakeActivities(activities, async (start) => {
      const handle = await start();
      await handle.result().catch(() => undefined);
      for (const [place, workflowId] of workflowIds(handle).entries()) {
        const history = await handle.client.getHandle(workflowId).fetchHistory();
        await replay(workflowId, history, `${name}-${['cycle', 'inbound', 'outbound'][place]}`);
      }
    });
  });

  test('a new hint replays', async () => {
    await withFakeActivities({}, async (_, sendHints) => {
      const handle = await sendHints({ kind: 'edited' }, { kind: 'pages', pageIds: ['a', 'b'] }, { kind: 'changed' });
      await handle.result();
      await replay(handle.workflowId, await handle.fetchHistory(), 'hint');
    });
  });

  test('runs that were reset, cancelled, made to wait or continued replay, and so do the lock, chores and triggers', async () => {
    let isOpen = false;
    const syncInbound = async (request: Parameters<typeof noChanges>[0]) => {
      const { heartbeat, cancellationSignal } = Context.current();
      while (!isOpen) {
        heartbeat();
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (cancellationSignal.aborted) throw new CancelledFailure('cancelled');
      }
      return noChanges(request, 'inbound');
    };
    const activities: Partial<Activities> = {
      syncInbound,
      planCycle: async () => {
        const { workflowExecution, taskQueue } = Context.current().info;
        const { runId = '' } = workflowExecution ?? {};
        return { ...smallPlan, trigger: [trigger], enrichments: ['media'], turn: `turn-${taskQueue}`, runId };
      },
      enrich: async () => noChanges({ name: 'media', entity: 'media' }, 'inbound'),
      triggerTasks: async (request) => noChanges(request, 'trigger'),
      runChore: async () => 'nothing to do',
    };
    await withFakeActivities(activities, async (start, sendHints, taskQueue, client) => {
      const first = await start();
      const inbound = client.workflow.getHandle(`${first.workflowId}/inbound`);
      await expect.poll(() => pendingActivities(inbound)).toEqual(['syncInbound', 'syncInbound']);
      const waiting = [await start(), await start()];
      for (const cycle of waiting) await expect.poll(() => pendingActivities(cycle)).toEqual(['takeCycleLock']);
      await waiting[0]?.cancel();
      await waiting[0]?.result().catch(() => undefined);
      const again = await resetToStart(client, first.workflowId);
      isOpen = true;
      await again.result();
      await waiting[1]?.result();
      isOpen = false;
      const cancelled = await start();
      const running = client.workflow.getHandle(`${cancelled.workflowId}/inbound`);
      await expect.poll(() => pendingActivities(running)).toHaveLength(2);
      await cancelled.cancel();
      await cancelled.result().catch(() => undefined);
      isOpen = true;
      await client.workflow.execute('chore', { taskQueue, workflowId: `chore-${taskQueue}`, args: ['retention'] });
      const hint = await sendHints({ kind: 'edited' });
      // All at once: the workflow ends when none arrives for some seconds.
      const pages = Array.from({ length: MANY_SIGNALS }, (_, n) => [`page ${n % 9}`]);
      await Promise.all(pages.map((pageIds) => hint.signal('hint', { kind: 'pages', pageIds })));
      await hint.result();

      // The list is eventually consistent.
      const closed = () => closedRuns(client, taskQueue);
      const kinds = async () => (await closed()).map(({ type, status }) => `${type} ${status.name}`);
      await expect
        .poll(kinds)
        .toEqual(
          expect.arrayContaining([
            ...['syncCycle COMPLETED', 'syncCycle CANCELLED', 'syncCycle TERMINATED', 'inboundSync CANCELLED'],
            ...['cycleTurn COMPLETED', 'taskTrigger COMPLETED', 'chore COMPLETED', 'changeHint CONTINUED_AS_NEW'],
          ]),
        );
      for (const [index, { workflowId, runId, type, status }] of (await closed()).entries()) {
        const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
        await replay(workflowId, history, `${type}-${status.name.toLowerCase()}-${index + 1}`);
      }
    });
  });

  test('a cycle that sets search attributes replays, and so do phases whose syncs were concluded at once', async () => {
    const activities: Partial<Activities> = {
      planCycle: async () => {
        const { workflowExecution, taskQueue } = Context.current().info;
        const { runId = '' } = workflowExecution ?? {};
        return { ...smallPlan, turn: `turn-${taskQueue}`, runId, isSearchable: true };
      },
      concludeUnchanged: async ({ syncs }) => syncs.map((sync) => noChanges(sync, 'inbound')),
      concludeIdle: async ({ syncs }) => syncs.slice(0, 1).map((sync) => noChanges(sync, 'outbound')),
      syncOutbound: async (request) => ({ ...noChanges(request, 'outbound'), created: 1 }),
    };
    await withFakeActivities(activities, async (start, _, __, client) => {
      await addSearchAttributes(client, await missingSearchAttributes(client));
      const handle = await start();
      await handle.result();
      // The SDK's own marks are in the first update, those of the cycle in the last.
      const { events } = await handle.fetchHistory();
      const last = events?.findLast((event) => event.upsertWorkflowSearchAttributesEventAttributes);
      expect(
        Object.keys(last?.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {}),
      ).toContain(SEARCH_ATTRIBUTES.outcome);
      for (const [place, workflowId] of workflowIds(handle).entries()) {
        const history = await client.workflow.getHandle(workflowId).fetchHistory();
        await replay(workflowId, history, `searchable-${['cycle', 'inbound', 'outbound'][place]}`);
      }
    });
  });

  test.runIf(!release)('the histories of this release are saved', () => {
    const own = files.filter((file) => file.startsWith(`${version}-`));
    expect(own.length, `record them: LOCKSTEP_RECORD_HISTORIES=${version} npx vitest run replay`).toBeGreaterThan(0);
  });

  describe.each([
    { how: 'with the plain bundle', kind: { isTraced: false, isEncrypted: false } },
    { how: 'with tracing and encryption', kind: { isTraced: true, isEncrypted: true } },
  ])('a saved history replays $how', ({ kind }) => {
    test.each(files)('%s', async (file) => {
      const { workflowId, history } = JSON.parse(readFileSync(folder + file, 'utf8'));
      const bundle = await workflowBundle(kind);
      // A replay exports nothing.
      const sinks = { exporter: { export: { fn: () => undefined } } };
      const decoded = History.decode(Buffer.from(history, 'base64'));
      await Worker.runReplayHistory({ workflowBundle: bundle, sinks }, decoded, workflowId);
    });
  });
});
