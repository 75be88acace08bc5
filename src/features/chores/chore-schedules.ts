import type { Client, ScheduleHandle } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { describeSchedule, ensure, ifExists, PAUSED_BY_COMMAND, type ScheduleDefinition } from '../../schedules.ts';
import { choreScheduleId } from '../../temporal/deployment-ids.ts';
import { type ChoreName, choreNames, listChores, timetable } from './timetable.ts';

/** A chore that hangs would otherwise keep every later one from starting. */
const CHORE_TIMEOUT = '2 hours';

/**
 * Creates the schedules of the configured chores, or updates their settings, and deletes those of the others. A paused
 * schedule stays paused, and new ones are paused while the cycle's is.
 */
export async function ensureChores(client: Client, config: Config, { takeOver = false } = {}): Promise<void> {
  const { taskQueue } = config.temporal;
  const { paused, note = PAUSED_BY_COMMAND } = (await describeSchedule(client, taskQueue)).state;
  const pausedNote = paused ? note : undefined;
  for (const { name, isConfigured } of listChores(config)) {
    if (isConfigured) await ensure(client, { ...definition(name, config), pausedNote }, { takeOver });
    else await ifExists(handleOf(client, name, taskQueue).delete());
    await deleteUnqueued(client, name, taskQueue);
  }
}

export const deleteChores = (client: Client, taskQueue: string): Promise<void> =>
  forEachChore(client, taskQueue, (handle) => handle.delete());

export const pauseChores = (client: Client, taskQueue: string): Promise<void> =>
  forEachChore(client, taskQueue, (handle) => handle.pause(PAUSED_BY_COMMAND));

export const resumeChores = (client: Client, taskQueue: string, note: string): Promise<void> =>
  forEachChore(client, taskQueue, (handle) => handle.unpause(note));

async function forEachChore(
  client: Client,
  taskQueue: string,
  change: (handle: ScheduleHandle) => Promise<void>,
): Promise<void> {
  for (const name of choreNames) await ifExists(change(handleOf(client, name, taskQueue)));
}

/** Earlier versions had one id for all task queues. */
async function deleteUnqueued(client: Client, name: ChoreName, taskQueue: string): Promise<void> {
  const id = `lockstep-${name}`;
  if (choreScheduleId(name, taskQueue) === id) return;
  const old = client.schedule.getHandle(id);
  const found = await ifExists(old.describe());
  if (found?.action.taskQueue === taskQueue) await ifExists(old.delete());
}

const handleOf = (client: Client, name: ChoreName, taskQueue: string): ScheduleHandle =>
  client.schedule.getHandle(choreScheduleId(name, taskQueue));

const definition = (name: ChoreName, { temporal: { taskQueue }, timeZone }: Config): ScheduleDefinition => ({
  scheduleId: choreScheduleId(name, taskQueue),
  spec: { ...timetable[name], timezone: timeZone },
  workflow: { type: 'chore', args: [name], taskQueue, timeout: CHORE_TIMEOUT },
});
