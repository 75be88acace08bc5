import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { ensure, type ScheduleDefinition } from '../../schedules.ts';
import { type ChoreName, choreNames, choreScheduleId, timetable } from './timetable.ts';

/** A chore that hangs would otherwise keep every later one from starting. */
const CHORE_TIMEOUT = '2 hours';

export interface ChoreSchedules {
  readonly taskQueue: string;
  /** The time zone of the times of day. */
  readonly timeZone: string;
}

/** Creates the chores' schedules, or updates their settings. A paused schedule stays paused. */
export async function ensureChores(client: Client, options: ChoreSchedules): Promise<void> {
  for (const name of choreNames) await ensure(client, definition(name, options));
}

export async function deleteChores(client: Client): Promise<void> {
  for (const name of choreNames) {
    await client.schedule
      .getHandle(choreScheduleId(name))
      .delete()
      .catch((error: unknown) => {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      });
  }
}

const definition = (name: ChoreName, { taskQueue, timeZone }: ChoreSchedules): ScheduleDefinition => ({
  scheduleId: choreScheduleId(name),
  spec: { ...timetable[name], timezone: timeZone },
  workflow: { type: 'chore', args: [name], taskQueue, timeout: CHORE_TIMEOUT },
});
