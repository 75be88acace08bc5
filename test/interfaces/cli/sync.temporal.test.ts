import { ApplicationFailure } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkInput } from '../../../src/activities/check-input.ts';
import { endLeftoverPhase, takeCycleLock } from '../../../src/activities/cycle-lock.ts';
import type { Activities } from '../../../src/activities/index.ts';
import { planCycle } from '../../../src/activities/plan-cycle.ts';
import { readConfig } from '../../../src/config.ts';
import type { CycleResult, Direction, SyncOutcome, SyncRequest } from '../../../src/cycle/messages.ts';
import { syncs } from '../../../src/cycle/sync-names.ts';
import type { WorkerServices } from '../../../src/runtime/services.ts';
import { workflowBundle } from '../../../src/temporal/workflow-bundle.ts';
import { emptyFolder, runCli, startCli } from '../../support/cli.ts';
import { temporalEnv, testTemporal } from '../../support/temporal.ts';

const TASK_QUEUE = 'sync-command-test';
const folder = emptyFolder();
const env = (taskQueue = TASK_QUEUE): Record<string, string> => ({
  ...temporalEnv(),
  TEMPORAL_TASK_QUEUE: taskQueue,
});

let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;
/** The requests to the fake activities. */
let asked: SyncRequest[] = [];

const nothing = {
  processed: 5,
  created: 0,
  updated: 0,
  archived: 0,
  conflicts: 0,
  adopted: 0,
  requests: 1,
  issues: 0,
};

function outcomeOf(request: SyncRequest, direction: Direction): SyncOutcome {
  asked.push(request);
  const { name, entity } = request;
  if (name === 'games-notion-to-sql') {
    const failed: SyncOutcome = {
      name,
      entity,
      direction,
      status: 'failed',
      ...nothing,
      message: 'games has no Status',
    };
    throw ApplicationFailure.create({ message: 'games has no Status', nonRetryable: true, details: [failed] });
  }
  return { name, entity, direction, status: 'ok', ...nothing, created: entity === 'tasks' ? 3 : 0 };
}

const inbound = async (request: SyncRequest): Promise<SyncOutcome> => outcomeOf(request, 'inbound');
const outbound = async (request: SyncRequest): Promise<SyncOutcome> => outcomeOf(request, 'outbound');
const activities: Omit<Activities, 'planHint' | 'endPause' | 'syncPages' | 'enrich' | 'previewSync'> = {
  // A plan needs only the configuration of the services.
  planCycle: planCycle({ config: readConfig({ TEMPORAL_TASK_QUEUE: TASK_QUEUE }) } as WorkerServices),
  checkInput,
  takeCycleLock: takeCycleLock(),
  endLeftoverPhase: endLeftoverPhase(),
  syncInbound: inbound,
  syncOutbound: outbound,
  syncCalendarInbound: inbound,
  syncCalendarOutbound: outbound,
  syncPara: outbound,
  triggerTasks: async (request) => outcomeOf(request, 'trigger'),
  concludeIdle: async () => [],
  concludeUnchanged: async () => [],
  settleLinks: async () => {},
  recordFailure: async () => {},
  runChore: async () => '',
  certifyTables: async () => {},
};

const workerOn = async (taskQueue: string, namespace: string): Promise<Worker> =>
  Worker.create({ connection, namespace, taskQueue, workflowBundle: await workflowBundle(), activities });

beforeAll(async () => {
  const { address, namespace } = testTemporal();
  connection = await NativeConnection.connect({ address });
  worker = await workerOn(TASK_QUEUE, namespace);
  running = worker.run();
});
afterEach(() => {
  asked = [];
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  folder.remove();
});

describe('lockstep sync', () => {
  it('runs the named syncs, prints their results, and exits 0', async () => {
    const result = await runCli(['sync', 'tasks-notion-to-sql', 'tags-sql-to-notion'], folder.path, env());
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/tasks-notion-to-sql +3 created\n/);
    expect(result.stdout).toMatch(/tags-sql-to-notion +no changes\n/);
    expect(asked.map(({ name }) => name).sort()).toEqual(['tags-sql-to-notion', 'tasks-notion-to-sql']);
  });

  it('reports the failed sync and its reason, runs the others, and exits 1', async () => {
    const result = await runCli(['sync', '--inbound'], folder.path, env());
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/✗ games-notion-to-sql +.*games has no Status/);
    expect(result.stdout).toMatch(/✓ tasks-notion-to-sql +3 created/);
    const inboundNames = syncs().flatMap(({ name, direction }) => (direction === 'inbound' ? [name] : []));
    expect(asked.map(({ name }) => name).sort()).toEqual(inboundNames.sort());
  });

  it('passes its options to the cycle', async () => {
    const args = ['sync', '--outbound', '--entity', 'tasks', '--entity', 'games', '--sweep', '--accept-archive'];
    expect(await runCli(args, folder.path, env())).toMatchObject({ code: 0 });
    expect(asked.map(({ name }) => name).sort()).toEqual(['games-sql-to-notion', 'tasks-sql-to-notion']);
    expect(asked).toEqual(asked.map((request) => ({ ...request, sweep: true, acceptArchive: true })));
  });

  it.each([
    { args: ['tasks-notion-to-sql'], code: 0 },
    { args: ['--inbound', '--entity', 'games'], code: 1 },
  ])('prints only the result with --json: $args', async ({ args, code }) => {
    const result = await runCli(['sync', ...args, '--json'], folder.path, env());
    expect(result).toMatchObject({ code, stderr: '' });
    const cycle: CycleResult = JSON.parse(result.stdout);
    expect(cycle.ok).toBe(code === 0);
    expect(cycle.syncs).toHaveLength(1);
  });

  it('lists the valid names when one is wrong', async () => {
    expect(await runCli(['sync', 'tasks'], folder.path, env())).toMatchObject({
      code: 1,
      stderr:
        'lockstep: tasks is an entity, not a sync: use --entity tasks, or tasks-notion-to-sql, tasks-sql-to-notion\n',
    });
    const { code, stderr } = await runCli(['sync', 'nonsense'], folder.path, env());
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^lockstep: there is no sync named "nonsense": use tags-notion-to-sql, .*\n$/),
    ]);
  });

  it('reports a missing namespace, as a worker does', async () => {
    const nowhere = {
      ...env(),
      TEMPORAL_NAMESPACE: 'nowhere',
      DATABASE_URL: 'postgresql://127.0.0.1:1/x',
      NOTION_TOKEN: 'x',
    };
    for (const command of ['sync', 'worker']) {
      const { code, stderr } = await runCli([command], folder.path, nowhere);
      expect(code).toBe(78);
      expect(stderr).toMatch(/^lockstep: TEMPORAL_NAMESPACE: there is no namespace nowhere at .*\n$/);
    }
  });

  it.each([
    { end: 'cancel', says: 'was cancelled' },
    { end: 'terminate', says: 'was terminated' },
  ] as const)('says that the cycle $says, not that it failed', async ({ end, says }) => {
    const taskQueue = `nobody-${end}s-here`;
    const sync = startCli(['sync'], folder.path, env(taskQueue));
    await sync.waitForOutput(/no worker has picked up the cycle/);
    const { namespace } = testTemporal();
    const { workflow } = new Client({ connection, namespace });
    const found: string[] = [];
    const list = async (): Promise<number> => {
      for await (const { workflowId } of workflow.list({ query: `TaskQueue = '${taskQueue}'` })) found.push(workflowId);
      return found.length;
    };
    await expect.poll(list).toBeGreaterThan(0);
    await workflow.getHandle(String(found[0]))[end]();
    const late = await workerOn(taskQueue, namespace);
    const { code, stderr } = await late.runUntil(sync.ended);
    expect(code).toBe(1);
    expect(stderr).toContain(`lockstep: the cycle ${says}\n`);
  });

  it('reports when no worker picks up the cycle', async () => {
    const sync = startCli(['sync'], folder.path, env('nobody-listens-here'));
    await sync.waitForOutput(/no worker has picked up the cycle.*nobody-listens-here/);
    sync.process.kill();
    await sync.ended;
  });
});
