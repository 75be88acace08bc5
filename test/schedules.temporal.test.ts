import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { deleteChores, ensureChores } from '../src/features/chores/chore-schedules.ts';
import { choreScheduleId } from '../src/features/chores/timetable.ts';
import {
  deleteSchedule,
  describeSchedule,
  ensureSchedule,
  pauseSchedule,
  resumeSchedule,
  SCHEDULE_ID,
  triggerSchedule,
} from '../src/schedules.ts';

// No worker listens on this task queue: a started cycle keeps running, like a long one.
const TASK_QUEUE = 'schedules-test';

let connection: Connection;
let client: Client;

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(() => connection.close());

beforeEach(async () => {
  await deleteSchedule(client).catch(() => {});
  for await (const { workflowId, runId } of client.workflow.list({ query: openCycles })) {
    await client.workflow.getHandle(workflowId, runId).terminate();
  }
  await expect.poll(countOpenCycles).toBe(0);
});

const openCycles = `TaskQueue = '${TASK_QUEUE}' AND ExecutionStatus = 'Running'`;
const countOpenCycles = async (): Promise<number> => (await client.workflow.count(openCycles)).count;

describe('the schedule', () => {
  it('runs every ten minutes, skips overlapping cycles, and does not catch up on old ones', async () => {
    expect(await ensureSchedule(client, TASK_QUEUE)).toBe('created');
    const { spec, policies, action } = await describeSchedule(client);
    expect(spec.intervals).toMatchObject([{ every: 600_000 }]);
    expect(policies).toMatchObject({
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: 600_000,
      pauseOnFailure: false,
    });
    expect(action).toMatchObject({ workflowType: 'syncCycle', taskQueue: TASK_QUEUE });
    expect(action.workflowExecutionTimeout).toBeGreaterThan(600_000);
  });

  it('exists once, even if it is ensured several times', async () => {
    await ensureSchedule(client, TASK_QUEUE);
    expect(await ensureSchedule(client, TASK_QUEUE)).toBe('updated');
    const ids: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
    expect(ids.filter((id) => id === SCHEDULE_ID)).toHaveLength(1);
  });

  it('is restored by ensure after a change', async () => {
    await ensureSchedule(client, TASK_QUEUE);
    await client.schedule.getHandle(SCHEDULE_ID).update((previous) => ({
      ...previous,
      spec: { intervals: [{ every: '1 day' }] },
      policies: { ...previous.policies, overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    }));
    await ensureSchedule(client, TASK_QUEUE);
    const { spec, policies } = await describeSchedule(client);
    expect(spec.intervals).toMatchObject([{ every: 600_000 }]);
    expect(policies.overlap).toBe(ScheduleOverlapPolicy.SKIP);
  });

  it('stays paused with its note after ensure', async () => {
    await ensureSchedule(client, TASK_QUEUE);
    await pauseSchedule(client, 'holidays');
    await ensureSchedule(client, TASK_QUEUE);
    expect((await describeSchedule(client)).state).toMatchObject({ paused: true, note: 'holidays' });
    await resumeSchedule(client);
    expect((await describeSchedule(client)).state.paused).toBe(false);
  });

  it('triggered three times, it runs one cycle and buffers one', async () => {
    await ensureSchedule(client, TASK_QUEUE);
    await triggerSchedule(client);
    await expect.poll(countOpenCycles).toBe(1);
    await triggerSchedule(client);
    await triggerSchedule(client);
    await expect
      .poll(async () => (await describeSchedule(client)).raw.info?.bufferSize?.toString(), { timeout: 10_000 })
      .toBe('1');
    expect(await countOpenCycles()).toBe(1);

    const [running] = await openRuns();
    await client.workflow.getHandle(running?.workflowId ?? '', running?.runId).terminate();
    await expect.poll(async () => (await openRuns())[0]?.runId, { timeout: 10_000 }).not.toBe(running?.runId);
    await expect.poll(countOpenCycles, { timeout: 10_000 }).toBe(1);
  });

  it('reports how to create it when it is missing', async () => {
    await expect(triggerSchedule(client)).rejects.toMatchObject({
      code: 'schedule_missing',
      message: expect.stringContaining('lockstep schedule ensure'),
    });
  });
});

async function openRuns(): Promise<{ workflowId: string; runId: string }[]> {
  const runs: { workflowId: string; runId: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query: openCycles }))
    runs.push({ workflowId, runId });
  return runs;
}

describe('the chore schedules', () => {
  afterAll(() => deleteChores(client));

  it("are created with the sync's, in the configured time zone, and stay paused", async () => {
    const options = { taskQueue: TASK_QUEUE, timeZone: 'Europe/Madrid' };
    await ensureChores(client, options);
    const handle = client.schedule.getHandle(choreScheduleId('retention'));
    await handle.pause();
    await ensureChores(client, options);
    const { action, spec, policies, state } = await handle.describe();
    expect(state.paused).toBe(true);
    expect(spec.timezone).toBe('Europe/Madrid');
    expect(policies.overlap).toBe(ScheduleOverlapPolicy.SKIP);
    expect(action).toMatchObject({ workflowType: 'chore', args: ['retention'], taskQueue: TASK_QUEUE });
  });

  it('can be deleted twice', async () => {
    await ensureChores(client, { taskQueue: TASK_QUEUE, timeZone: 'UTC' });
    await deleteChores(client);
    await deleteChores(client);
    await expect(client.schedule.getHandle(choreScheduleId('alerts')).describe()).rejects.toThrow();
  });
});
