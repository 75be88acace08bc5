import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { deleteChores, ensureChores } from '../src/features/chores/chore-schedules.ts';
import { scheduleActions } from '../src/interfaces/cli/schedule.ts';
import {
  deleteSchedule,
  describeSchedule,
  ensureSchedule,
  pauseSchedule,
  resumeSchedule,
  triggerSchedule,
  update,
} from '../src/schedules.ts';
import { choreScheduleId, SCHEDULE_ID, scheduleId } from '../src/temporal/deployment-ids.ts';
import { testTemporal } from './support/temporal.ts';

// No worker listens on this task queue: a started cycle keeps running, like a long one.
const TASK_QUEUE = 'schedules-test';

let connection: Connection;
let client: Client;

beforeAll(async () => {
  const { address, namespace } = testTemporal();
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
});
afterAll(() => connection.close());

beforeEach(async () => {
  await deleteSchedule(client, TASK_QUEUE).catch(() => {});
  for await (const { workflowId, runId } of client.workflow.list({ query: openCycles })) {
    await client.workflow.getHandle(workflowId, runId).terminate();
  }
  await expect.poll(countOpenCycles).toBe(0);
});

const openCycles = `TaskQueue = '${TASK_QUEUE}' AND ExecutionStatus = 'Running'`;
const countOpenCycles = async (): Promise<number> => (await client.workflow.count(openCycles)).count;

describe('the schedule', () => {
  it('runs every ten minutes, skips overlapping cycles, and does not catch up on old ones', async () => {
    expect(await ensureSchedule(client, { taskQueue: TASK_QUEUE })).toBe('created');
    const { spec, policies, action } = await describeSchedule(client, TASK_QUEUE);
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
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    expect(await ensureSchedule(client, { taskQueue: TASK_QUEUE })).toBe('updated');
    const ids: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
    expect(ids.filter((id) => id === scheduleId(TASK_QUEUE))).toHaveLength(1);
  });

  it('is restored by ensure after a change', async () => {
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    await client.schedule.getHandle(scheduleId(TASK_QUEUE)).update((previous) => ({
      ...previous,
      spec: { intervals: [{ every: '1 day' }] },
      policies: { ...previous.policies, overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    }));
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    const { spec, policies } = await describeSchedule(client, TASK_QUEUE);
    expect(spec.intervals).toMatchObject([{ every: 600_000 }]);
    expect(policies.overlap).toBe(ScheduleOverlapPolicy.SKIP);
  });

  it('stays paused with its note after ensure', async () => {
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    await pauseSchedule(client, TASK_QUEUE, 'holidays');
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    expect((await describeSchedule(client, TASK_QUEUE)).state).toMatchObject({ paused: true, note: 'holidays' });
    await resumeSchedule(client, TASK_QUEUE, 'back');
    expect((await describeSchedule(client, TASK_QUEUE)).state.paused).toBe(false);
  });

  it('triggered three times, it runs one cycle and buffers one', async () => {
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    await triggerSchedule(client, TASK_QUEUE);
    await expect.poll(countOpenCycles).toBe(1);
    await triggerSchedule(client, TASK_QUEUE);
    await triggerSchedule(client, TASK_QUEUE);
    await expect
      .poll(async () => (await describeSchedule(client, TASK_QUEUE)).raw.info?.bufferSize?.toString())
      .toBe('1');
    expect(await countOpenCycles()).toBe(1);

    const [running] = await openRuns();
    await client.workflow.getHandle(running?.workflowId ?? '', running?.runId).terminate();
    await expect.poll(async () => (await openRuns())[0]?.runId).not.toBe(running?.runId);
    await expect.poll(countOpenCycles).toBe(1);
  });

  it('reports how to create it when it is missing', async () => {
    await expect(triggerSchedule(client, TASK_QUEUE)).rejects.toMatchObject({
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
  const config = readConfig({
    ...{ TEMPORAL_TASK_QUEUE: TASK_QUEUE, LOCKSTEP_TIME_ZONE: 'Europe/Madrid' },
    LOCKSTEP_NOTES_ROOT: '/notes',
  });
  const handleOf = (name: string) => client.schedule.getHandle(choreScheduleId(name, TASK_QUEUE));
  beforeEach(async () => {
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
  });
  afterEach(() => deleteChores(client, TASK_QUEUE));

  it("are created with the sync's, in the configured time zone, and stay paused", async () => {
    await ensureChores(client, config);
    const handle = handleOf('retention');
    await handle.pause();
    await ensureChores(client, config);
    const { action, spec, policies, state } = await handle.describe();
    expect(state.paused).toBe(true);
    expect(spec.timezone).toBe('Europe/Madrid');
    expect(policies.overlap).toBe(ScheduleOverlapPolicy.SKIP);
    expect(action).toMatchObject({ workflowType: 'chore', args: ['retention'], taskQueue: TASK_QUEUE });
  });

  it('exist only for chores that have their configuration', async () => {
    await ensureChores(client, config);
    expect((await handleOf('notes-distribute').describe()).scheduleId).toContain(TASK_QUEUE);
    await expect(handleOf('alerts').describe()).rejects.toThrow();
    await ensureChores(client, readConfig({ TEMPORAL_TASK_QUEUE: TASK_QUEUE }));
    await expect(handleOf('notes-distribute').describe()).rejects.toThrow();
    expect((await handleOf('retention').describe()).state.paused).toBe(false);
  });

  it('are paused and resumed with the schedule of cycles, also those that are created meanwhile', async () => {
    await ensureChores(client, readConfig({ TEMPORAL_TASK_QUEUE: TASK_QUEUE }));
    await scheduleActions.pause(client, config);
    await ensureChores(client, config);
    for (const name of ['retention', 'notes-distribute'])
      expect((await handleOf(name).describe()).state.paused).toBe(true);
    await scheduleActions.resume(client, config);
    for (const name of ['retention', 'notes-distribute'])
      expect((await handleOf(name).describe()).state.paused).toBe(false);
  });

  it('can be deleted twice', async () => {
    await ensureChores(client, config);
    await deleteChores(client, TASK_QUEUE);
    await deleteChores(client, TASK_QUEUE);
    await expect(handleOf('retention').describe()).rejects.toThrow();
  });
});

describe('several deployments in one namespace', () => {
  const OTHER_QUEUE = `${TASK_QUEUE}-other`;
  afterEach(() => deleteSchedule(client, OTHER_QUEUE).catch(() => undefined));

  it('have their own schedules', async () => {
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    await ensureSchedule(client, { taskQueue: OTHER_QUEUE, everyMs: 3_600_000 });
    await pauseSchedule(client, OTHER_QUEUE);
    const [own, other] = [await describeSchedule(client, TASK_QUEUE), await describeSchedule(client, OTHER_QUEUE)];
    expect(own).toMatchObject({ state: { paused: false }, action: { taskQueue: TASK_QUEUE } });
    expect(other).toMatchObject({ state: { paused: true }, action: { taskQueue: OTHER_QUEUE } });
    expect(other.spec).toMatchObject({ intervals: [{ every: 3_600_000 }], jitter: 30_000 });
    expect(other.policies.catchupWindow).toBe(3_600_000);
  });

  it('do not take the schedule of another one, unless told so', async () => {
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    const own = client.schedule.getHandle(scheduleId(TASK_QUEUE));
    await own.update((was) => ({ ...was, action: { ...was.action, taskQueue: OTHER_QUEUE } }));
    await expect(ensureSchedule(client, { taskQueue: TASK_QUEUE })).rejects.toMatchObject({
      code: 'schedule_foreign',
      message: expect.stringMatching(`task queue ${OTHER_QUEUE}: .* lockstep schedule ensure --take-over$`),
    });
    await ensureSchedule(client, { taskQueue: TASK_QUEUE }, { takeOver: true });
    expect((await own.describe()).action.taskQueue).toBe(TASK_QUEUE);
  });

  it('replace the schedule that an earlier version named without the task queue, and keep its pause', async () => {
    await ensureSchedule(client, { taskQueue: 'lockstep' });
    const old = client.schedule.getHandle(SCHEDULE_ID);
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    expect((await old.describe()).action.taskQueue).toBe('lockstep');
    await update(old, (was) => ({ ...was, action: { ...was.action, taskQueue: TASK_QUEUE } }));
    await old.pause('holidays');
    await ensureSchedule(client, { taskQueue: TASK_QUEUE });
    await expect(old.describe()).rejects.toThrow();
    expect((await describeSchedule(client, TASK_QUEUE)).state).toMatchObject({ paused: true, note: 'holidays' });
  });
});
