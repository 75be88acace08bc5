import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { ensureChores } from '../../src/features/chores/chore-schedules.ts';
import { pause, readPauseEnd } from '../../src/features/chores/pause.ts';
import { hintWorkflowId } from '../../src/features/hints/give-hint.ts';
import { describeSchedule, ensureSchedule } from '../../src/schedules.ts';
import { choreScheduleId, endPauseId } from '../../src/temporal/deployment-ids.ts';
import { readOpenWork } from '../../src/temporal/open-work.ts';
import { emptyFolder, runCli } from '../support/cli.ts';
import { definedIn, type Stack, startStack } from '../support/stack.ts';

describe('a pause', () => {
  const folder = emptyFolder();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
    stack.env.LOCKSTEP_HINTS = 'on';
    stack.startWorker();
    // Once a day: cycles start only where a test says so.
    await ensureSchedule(stack.client, { taskQueue: stack.taskQueue, everyMs: 86_400_000 });
    await ensureChores(stack.client, readConfig(stack.env));
    await stack.cycle();
  });
  afterAll(async () => {
    await stack.stop();
    folder.remove();
  });

  const lockstep = (...args: string[]) => runCli(args, folder.path, definedIn(stack.env));
  const titles = (): string[] => stack.notion.workspace.pages('Tasks').map(({ title }) => title);
  const insert = (title: string) => stack.sql('INSERT INTO tasks (title) VALUES ($1)', [title]);
  const isPaused = async (id: string) => (await stack.client.schedule.getHandle(id).describe()).state.paused;
  const runningCycles = async () => (await describeSchedule(stack.client, stack.taskQueue)).info.runningActions;
  const retention = () => choreScheduleId('retention', stack.taskQueue);
  /** The first edit starts the workflow of its entity, which ends after it has looked at the schedule. */
  const hintEnds = async (): Promise<void> => {
    const handle = stack.client.workflow.getHandle(hintWorkflowId(stack.taskQueue, 'tasks'));
    await expect
      .poll(() =>
        handle.describe().then(
          ({ status }) => status.name,
          () => 'none',
        ),
      )
      .toBe('COMPLETED');
  };

  test('stops cycles, hints and chores until somebody resumes, which runs a cycle', async () => {
    expect(await lockstep('pause')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Cycles, hints and chores are paused until `lockstep resume`.'),
    });
    expect((await describeSchedule(stack.client, stack.taskQueue)).state.paused).toBe(true);
    expect(await isPaused(retention())).toBe(true);
    await insert('While paused');
    await hintEnds();
    expect(titles()).not.toContain('While paused');
    expect((await lockstep('status')).stdout).toContain('paused (Paused with lockstep pause)');

    expect(await lockstep('resume')).toMatchObject({ code: 0 });
    expect(await isPaused(retention())).toBe(false);
    await expect.poll(titles).toContain('While paused');
    // The cycle would send the next test's row, too.
    await expect.poll(runningCycles).toEqual([]);
  });

  test('with a time, ends by itself and runs a cycle', async () => {
    await pause(stack.client, stack.taskQueue, 5_000);
    await insert('Until the end');
    await expect.poll(titles).toContain('Until the end');
    expect((await describeSchedule(stack.client, stack.taskQueue)).state.paused).toBe(false);
    await expect.poll(() => isPaused(retention())).toBe(false);
    expect(await readPauseEnd(stack.client, stack.taskQueue)).toBeNull();
  });

  test('shows when it ends; a later one replaces the end', async () => {
    expect((await lockstep('pause', '--for', '2h')).stdout).toContain('resume in 120 min');
    expect((await lockstep('schedule', 'show')).stdout).toContain('paused, resumes in 120 min');
    expect(await readOpenWork(stack.client, stack.taskQueue)).toEqual([]);
    expect((await lockstep('pause', '--for', '1h')).code).toBe(0);
    expect((await lockstep('schedule', 'show')).stdout).toContain('resumes in 60 min');
    await lockstep('pause');
    expect(await readPauseEnd(stack.client, stack.taskQueue)).toBeNull();
    expect((await lockstep('doctor')).stdout).toContain('lockstep resume');
    await lockstep('resume');
  });

  test('refuses a time that is none, and an input of its workflow', async () => {
    expect(await lockstep('pause', '--for', 'soon')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must be a time such as 30m, 8h or 2d'),
    });
    const wrong = stack.client.workflow.execute('endPause', {
      taskQueue: stack.taskQueue,
      workflowId: `${endPauseId(stack.taskQueue)}-wrong`,
      args: ['now'],
    });
    await expect(wrong).rejects.toMatchObject({
      cause: { message: 'endPause: the input must be left out, not "now"; nothing was done' },
    });
  });
});
