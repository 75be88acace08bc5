import type { Client } from '@temporalio/client';
import { type Config, readConfig } from '../../config.ts';
import { deleteChores, ensureChores } from '../../features/chores/chore-schedules.ts';
import { pause, readPauseEnd, resume } from '../../features/chores/pause.ts';
import { formatAhead, formatDuration } from '../../operations/status/format-status.ts';
import { deleteSchedule, describeSchedule, ensureSchedule, TEN_MINUTES_MS, triggerSchedule } from '../../schedules.ts';
import { withClient } from '../../temporal/client.ts';
import { scheduleId } from '../../temporal/deployment-ids.ts';
import { exitCodes } from './exit.ts';

interface ScheduleOptions {
  /** Take over a schedule of another deployment. */
  readonly takeOver?: boolean;
}

type Act = (client: Client, config: Config, options: ScheduleOptions) => Promise<string>;

const queueOf = ({ temporal }: Config): string => temporal.taskQueue;

export const scheduleActions = {
  ensure: async (client, config, options) => {
    const how = await ensureSchedule(client, { taskQueue: queueOf(config), everyMs: config.everyMs }, options);
    await ensureChores(client, config, options);
    return `${how}.`;
  },
  pause: async (client, config) => {
    await pause(client, queueOf(config), undefined);
    return 'paused.';
  },
  resume: async (client, config) => {
    await resume(client, queueOf(config));
    return 'resumed.';
  },
  trigger: async (client, config) => {
    await triggerSchedule(client, queueOf(config));
    return 'triggered.';
  },
  show: async (client, config) => describeState(await scheduleState(client, queueOf(config))),
  delete: async (client, config) => {
    await deleteSchedule(client, queueOf(config));
    await deleteChores(client, queueOf(config));
    return 'deleted.';
  },
} as const satisfies Readonly<Record<string, Act>>;

export type ScheduleAction = keyof typeof scheduleActions;

export async function scheduleCommand(action: ScheduleAction, options: ScheduleOptions = {}): Promise<number> {
  const config = readConfig();
  const act: Act = scheduleActions[action];
  const done = await withClient(config, (client) => act(client, config, options));
  console.log(`${scheduleId(queueOf(config))}: ${done}`);
  return exitCodes.ok;
}

export interface ScheduleState {
  readonly everyMs: number;
  readonly paused: boolean;
  readonly note: string | null;
  /** When a pause ends by itself. */
  readonly pausedUntil: string | null;
  readonly nextAt: string | null;
  /** Cycles that run or wait for another, started by the schedule or by hand. */
  readonly runningNow: number;
  /** Starts skipped because a cycle was still running. */
  readonly skipped: number;
  readonly missed: number;
}

/** @throws FinalError `schedule_missing` */
export async function scheduleState(client: Client, taskQueue: string): Promise<ScheduleState> {
  const { state, info, spec } = await describeSchedule(client, taskQueue);
  return {
    everyMs: Number(spec.intervals?.[0]?.every ?? TEN_MINUTES_MS),
    paused: state.paused,
    note: state.note ?? null,
    pausedUntil: state.paused ? ((await readPauseEnd(client, taskQueue))?.toISOString() ?? null) : null,
    nextAt: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    runningNow: Math.max(info.runningActions.length, await countOpenCycles(client, taskQueue)),
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

async function countOpenCycles(client: Client, taskQueue: string): Promise<number> {
  const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running' AND WorkflowType = 'syncCycle'`;
  return (await client.workflow.count(query)).count;
}

export function describeState(state: ScheduleState, now: Date = new Date()): string {
  const { everyMs, paused, nextAt, runningNow, skipped, missed } = state;
  const next = nextAt === null ? 'unknown' : formatAhead(new Date(nextAt), now);
  const parts = [
    paused
      ? describePause(state, now)
      : `every ${everyMs === TEN_MINUTES_MS ? 'ten minutes' : formatDuration(everyMs)}, next ${next}`,
    runningNow > 0 ? 'a cycle is running' : 'no cycle is running',
  ];
  if (skipped > 0) parts.push(`${skipped} skipped because a cycle was still running`);
  if (missed > 0) parts.push(`${missed} missed while Temporal was down`);
  return parts.join('; ');
}

function describePause({ note, pausedUntil }: Pick<ScheduleState, 'note' | 'pausedUntil'>, now: Date): string {
  const end = pausedUntil === null ? '' : `, resumes ${formatAhead(new Date(pausedUntil), now)}`;
  return `paused${end}${note ? ` (${note})` : ''}`;
}
