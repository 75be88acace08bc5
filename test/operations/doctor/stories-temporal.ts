import { ScheduleOverlapPolicy } from '@temporalio/client';
import { expect } from 'vitest';
import { deleteSchedule, ensureSchedule, pauseSchedule, resumeSchedule, SCHEDULE_ID } from '../../../src/schedules.ts';
import { type RunningCli, startCli } from '../../support/cli.ts';
import { byVariables, type Stories, type World } from './world.ts';

const OTHER_QUEUE = 'nobody-asks-here';
const ensure = ({ temporal, env }: World, taskQueue = env.TEMPORAL_TASK_QUEUE): Promise<string> =>
  ensureSchedule(temporal.client, String(taskQueue));

let worker: RunningCli;

export const ofTemporal: Stories<
  | 'temporal_unreachable'
  | 'temporal_refused'
  | 'schedule_missing'
  | 'schedule_paused'
  | 'schedule_differs'
  | 'worker_missing'
> = {
  temporal_unreachable: {
    provoke: ({ env }) => {
      env.TEMPORAL_ADDRESS = '127.0.0.1:1';
    },
    names: /lockstep up, .*TEMPORAL_ADDRESS/,
    mend: byVariables,
  },
  temporal_refused: {
    provoke: ({ env }) => {
      env.TEMPORAL_NAMESPACE = 'nowhere';
    },
    names: /mend the variable that it names/,
    mend: byVariables,
  },
  schedule_missing: {
    provoke: ({ temporal }) => deleteSchedule(temporal.client),
    names: /^lockstep schedule ensure$/,
    mend: (world) => ensure(world),
  },
  schedule_paused: {
    provoke: ({ temporal }) => pauseSchedule(temporal.client),
    names: /^lockstep schedule resume$/,
    mend: ({ temporal }) => resumeSchedule(temporal.client),
  },
  schedule_differs: {
    provoke: ({ temporal }) =>
      temporal.client.schedule.getHandle(SCHEDULE_ID).update((schedule) => ({
        ...schedule,
        spec: { intervals: [{ every: '1 hour' }] },
        action: { ...schedule.action, taskQueue: 'elsewhere' },
        policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '1 year', pauseOnFailure: true },
      })),
    names: /^lockstep schedule ensure$/,
    mend: (world) => ensure(world),
  },
  worker_missing: {
    provoke: async (world) => {
      world.env.TEMPORAL_TASK_QUEUE = OTHER_QUEUE;
      await ensure(world);
    },
    names: /^lockstep worker /,
    mend: async (world) => {
      worker = startCli(['worker'], world.folder, { ...world.env, LOCKSTEP_HINTS: 'off' });
      const codes = async () => (await world.examine()).remaining.map(({ code }) => code);
      await expect.poll(codes, { timeout: 90_000, interval: 500 }).not.toContain('worker_missing');
    },
    cleanUp: async (world) => {
      worker.process.kill('SIGKILL');
      await worker.ended;
      await ensure(world, world.temporal.env.TEMPORAL_TASK_QUEUE);
    },
  },
};
