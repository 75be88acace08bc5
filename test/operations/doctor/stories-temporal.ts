import { type Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { ensureChores } from '../../../src/features/chores/chore-schedules.ts';
import type { ChoreName } from '../../../src/features/chores/timetable.ts';
import { deleteSchedule, ensureSchedule, pauseSchedule, resumeSchedule } from '../../../src/schedules.ts';
import { choreScheduleId, cycleLockId, scheduleId } from '../../../src/temporal/deployment-ids.ts';
import { MIN_RETENTION_MS, missingSearchAttributes, readRetention } from '../../../src/temporal/namespace.ts';
import { readOpenWork } from '../../../src/temporal/open-work.ts';
import { workflowBundle } from '../../../src/temporal/workflow-bundle.ts';
import { type RunningCli, startCli } from '../../support/cli.ts';
import { byFix, byVariables, type Deployment, type Stories } from './deployment.ts';

const OTHER_QUEUE = 'nobody-polls-here';
/** As `lockstep schedule ensure --take-over` does. */
async function ensure({ temporal: { client }, env }: Deployment): Promise<void> {
  const config = readConfig(env);
  await ensureSchedule(client, { taskQueue: config.temporal.taskQueue }, { takeOver: true });
  await ensureChores(client, config, { takeOver: true });
}
const queueOf = ({ env }: Deployment): string => String(env.TEMPORAL_TASK_QUEUE);
const handleOf = (deployment: Deployment) =>
  deployment.temporal.client.schedule.getHandle(scheduleId(queueOf(deployment)));

export const choreOf = ({ temporal, env }: Pick<Deployment, 'temporal' | 'env'>, name: ChoreName) =>
  temporal.client.schedule.getHandle(choreScheduleId(name, String(env.TEMPORAL_TASK_QUEUE)));

/** A worker that has other workflows than the ones that were started. */
async function startOtherVersion({ temporal, env }: Deployment): Promise<() => Promise<void>> {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = temporal.env;
  const connection = await NativeConnection.connect({ address });
  const taskQueue = String(env.TEMPORAL_TASK_QUEUE);
  const worker = await Worker.create({ connection, namespace, taskQueue, workflowBundle: await workflowBundle() });
  const done = worker.run();
  return async () => {
    worker.shutdown();
    await done;
    await connection.close();
  };
}

let stopOtherVersion: () => Promise<void>;
let worker: RunningCli;

export const temporalStories: Stories<
  | 'temporal_unreachable'
  | 'temporal_refused'
  | 'schedule_missing'
  | 'schedule_paused'
  | 'schedule_differs'
  | 'schedule_foreign'
  | 'chore_schedule'
  | 'worker_missing'
  | 'lock_orphaned'
  | 'workflow_failing'
  | 'retention_short'
  | 'search_attributes_missing'
> = {
  temporal_unreachable: {
    provoke: ({ env }) => {
      env.TEMPORAL_ADDRESS = '127.0.0.1:1';
    },
    expectedFix: /lockstep up, .*TEMPORAL_ADDRESS/,
    fix: byVariables,
  },
  temporal_refused: {
    provoke: ({ env }) => {
      env.TEMPORAL_NAMESPACE = 'nowhere';
    },
    expectedFix: /correct the variable that the message names/,
    fix: byVariables,
  },
  schedule_missing: {
    provoke: (deployment) => deleteSchedule(deployment.temporal.client, queueOf(deployment)),
    expectedFix: /^lockstep schedule ensure$/,
    fix: (deployment) => ensure(deployment),
  },
  schedule_paused: {
    provoke: (deployment) => pauseSchedule(deployment.temporal.client, queueOf(deployment)),
    expectedFix: /^lockstep resume$/,
    fix: (deployment) => resumeSchedule(deployment.temporal.client, queueOf(deployment), 'resumed'),
  },
  schedule_differs: {
    provoke: (deployment) =>
      handleOf(deployment).update((schedule) => ({
        ...schedule,
        spec: { intervals: [{ every: '1 hour' }] },
        policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '1 year', pauseOnFailure: true },
      })),
    expectedFix: /^lockstep schedule ensure$/,
    fix: (deployment) => ensure(deployment),
  },
  schedule_foreign: {
    provoke: (deployment) =>
      handleOf(deployment).update((schedule) => ({
        ...schedule,
        action: { ...schedule.action, taskQueue: 'elsewhere' },
      })),
    expectedFix: /^lockstep schedule ensure --take-over$/,
    fix: (deployment) => ensure(deployment),
  },
  chore_schedule: {
    provoke: (deployment) => choreOf(deployment, 'retention').delete(),
    expectedFix: /^lockstep schedule ensure$/,
    fix: (deployment) => ensure(deployment),
  },
  lock_orphaned: {
    provoke: async ({ temporal, env }) => {
      const taskQueue = String(env.TEMPORAL_TASK_QUEUE);
      await temporal.client.workflow.start('cycleTurn', {
        ...{ taskQueue, workflowId: cycleLockId(taskQueue), args: [{ holder: 'gone' }], memo: { holder: 'gone' } },
      });
    },
    expectedFix: /^lockstep doctor --fix$/,
    fix: async (deployment) => {
      expect((await deployment.runDoctor({ fix: true })).fixed).toMatchObject([{ ok: true }]);
    },
  },
  retention_short: {
    provoke: ({ temporal: { client, env } }) =>
      client.workflowService.updateNamespace({
        namespace: env.TEMPORAL_NAMESPACE,
        config: { workflowExecutionRetentionTtl: msToTs('1 day') },
      }),
    expectedFix: /^lockstep doctor --fix$/,
    fix: byFix,
    check: async ({ temporal }) => expect(await readRetention(temporal.client)).toBe(MIN_RETENTION_MS),
  },
  search_attributes_missing: {
    provoke: async ({ temporal: { client, env } }) => {
      const { operatorService } = client.connection as Connection; // as `ownTemporal` connects
      const { TEMPORAL_NAMESPACE: namespace } = env;
      await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['LockstepOutcome'] });
    },
    expectedFix: /^lockstep doctor --fix$/,
    fix: byFix,
    check: async ({ temporal }) => expect(await missingSearchAttributes(temporal.client)).toEqual([]),
  },
  workflow_failing: {
    provoke: async (deployment) => {
      deployment.env.TEMPORAL_TASK_QUEUE = OTHER_QUEUE;
      await ensure(deployment);
      stopOtherVersion = await startOtherVersion(deployment);
      const { client } = deployment.temporal;
      await client.workflow.start('newerWorkflow', { taskQueue: OTHER_QUEUE, workflowId: 'failing' });
      const failing = async () => (await readOpenWork(client, OTHER_QUEUE)).map(({ failingTask }) => failingTask);
      await expect
        .poll(failing, { timeout: 90_000, interval: 500 })
        .toContainEqual(expect.stringContaining('newerWorkflow'));
    },
    expectedFix: /reset or terminate it/,
    fix: ({ temporal }) => temporal.client.workflow.getHandle('failing').terminate(),
    cleanUp: async (deployment) => {
      await stopOtherVersion();
      deployment.restore();
      await ensure(deployment);
    },
  },
  worker_missing: {
    provoke: async (deployment) => {
      deployment.env.TEMPORAL_TASK_QUEUE = OTHER_QUEUE;
      await ensure(deployment);
    },
    expectedFix: /^run lockstep worker /,
    fix: async (deployment) => {
      worker = startCli(['worker'], deployment.folder, { ...deployment.env, LOCKSTEP_HINTS: 'off' });
      const codes = async () => (await deployment.runDoctor()).remaining.map(({ code }) => code);
      await expect.poll(codes, { timeout: 90_000, interval: 500 }).not.toContain('worker_missing');
    },
    cleanUp: async (deployment) => {
      worker.process.kill('SIGKILL');
      await worker.ended;
      deployment.restore();
      await ensure(deployment);
    },
  },
};
