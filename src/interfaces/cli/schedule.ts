import type { Client } from '@temporalio/client';
import { type Config, readConfig } from '../../config.ts';
import { deleteChores, ensureChores } from '../../features/chores/chore-schedules.ts';
import { formatAhead } from '../../operations/status/format-status.ts';
import {
  deleteSchedule,
  describeSchedule,
  ensureSchedule,
  pauseSchedule,
  resumeSchedule,
  SCHEDULE_ID,
  triggerSchedule,
} from '../../schedules.ts';
import { withClient } from '../../temporal/client.ts';
import { exitCodes } from './exit.ts';

export const scheduleActions = {
  ensure: async (client: Client, { temporal: { taskQueue }, timeZone }: Config): Promise<string> => {
    const how = await ensureSchedule(client, taskQueue);
    await ensureChores(client, { taskQueue, timeZone });
    return `${how}.`;
  },
  pause: async (client: Client): Promise<string> => {
    await pauseSchedule(client);
    return 'paused.';
  },
  resume: async (client: Client): Promise<string> => {
    await resumeSchedule(client);
    return 'resumed.';
  },
  trigger: async (client: Client): Promise<string> => {
    await triggerSchedule(client);
    return 'triggered.';
  },
  show: async (client: Client): Promise<string> => describeState(await scheduleState(client)),
  delete: async (client: Client): Promise<string> => {
    await deleteSchedule(client);
    await deleteChores(client);
    return 'deleted.';
  },
} as const;

export type ScheduleAction = keyof typeof scheduleActions;

export async function scheduleCommand(action: ScheduleAction): Promise<number> {
  const config = readConfig();
  console.log(`${SCHEDULE_ID}: ${await withClient(config, (client) => scheduleActions[action](client, config))}`);
  return exitCodes.ok;
}

export interface ScheduleState {
  readonly paused: boolean;
  readonly note: string | null;
  readonly nextAt: string | null;
  readonly runningNow: number;
  /** Starts skipped because a cycle was still running. */
  readonly skipped: number;
  readonly missed: number;
}

/** @throws FinalError `schedule_missing` */
export async function scheduleState(client: Client): Promise<ScheduleState> {
  const { state, info } = await describeSchedule(client);
  return {
    paused: state.paused,
    note: state.note ?? null,
    nextAt: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    runningNow: info.runningActions.length,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

export function describeState(state: ScheduleState, now: Date = new Date()): string {
  const { paused, note, nextAt, runningNow, skipped, missed } = state;
  const next = nextAt === null ? 'unknown' : formatAhead(new Date(nextAt), now);
  const parts = [
    paused ? `paused${note ? ` (${note})` : ''}` : `every ten minutes, next ${next}`,
    runningNow > 0 ? 'a cycle is running' : 'no cycle is running',
  ];
  if (skipped > 0) parts.push(`${skipped} skipped because a cycle was still running`);
  if (missed > 0) parts.push(`${missed} missed while Temporal was down`);
  return parts.join('; ');
}
