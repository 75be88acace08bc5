import type { Client } from '@temporalio/client';
import type { Config } from '../../config.ts';
import type { Database } from '../../database/client.ts';
import { requestBudget } from '../../database/request-budget.ts';
import { featuresOff } from '../../definition/features.ts';
import { LockstepError } from '../../errors.ts';
import { choreNames, listChores } from '../../features/chores/timetable.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { hideSecrets } from '../../observability/log.ts';
import { BackgroundDoctor } from '../../operations/doctor/background-doctor.ts';
import { ENSURE_COMMAND, RESUME_COMMAND } from '../../operations/doctor/finding.ts';
import { requireName } from '../../shared/require-named.ts';
import type { ScheduleReport, Setup } from '../dashboard/setup.ts';
import { readChoreRuns, startChore } from './chore-runs.ts';
import { LOGS, readTail } from './logs.ts';
import { describeState, type ScheduleAction, scheduleActions, scheduleState } from './schedule.ts';
import { listSettings, readOrigins } from './settings.ts';
import { toPrintable } from './terminal.ts';

interface SetupParts {
  readonly config: Config;
  readonly database: Database;
  /** Runs a request with the deadline of a page. */
  readonly ask: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
  /** What `lockstep up` has set in the environment. */
  readonly upEnv: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

export interface OpenSetup extends Setup {
  readonly doctor: BackgroundDoctor;
}

/** What the dashboard's pages of the setup show and do. */
export function openSetup({ config, database, ask, upEnv, say }: SetupParts): OpenSetup {
  const hide = hideSecrets(config.secrets);
  return {
    doctor: openDoctor({ config, database, ask, say }),
    settings: listSettings(config, readOrigins(upEnv)),
    readSchedule: () => ask((client) => readSchedule(client, config)),
    runChore: async (name) => {
      const chore = requireName('chore', name, choreNames);
      await ask((client) => startChore(client, config.temporal.taskQueue, chore));
    },
    logs: LOGS,
    readLog: (name, lines) => readTail(name, lines).last.map((line) => hide(toPrintable(line))),
  };
}

function openDoctor({ config, database, ask, say }: Omit<SetupParts, 'upEnv'>): BackgroundDoctor {
  const budget = requestBudget(database, 'notion', config.notion.requestsPerMinute);
  const run = (action: ScheduleAction) => (): Promise<string> =>
    ask((client) => scheduleActions[action](client, config, {}));
  return new BackgroundDoctor({
    ...{ config, database, featuresOff: featuresOff(), say, chores: listChores(config) },
    openApi: (signal) => new NotionApi(config.notion, budget, { signal }),
    commands: { [ENSURE_COMMAND]: run('ensure'), [RESUME_COMMAND]: run('resume') },
  });
}

async function readSchedule(client: Client, config: Config): Promise<ScheduleReport> {
  const [schedule, chores] = await Promise.all([cyclesOf(client, config), readChoreRuns(client, config)]);
  return { ...schedule, chores };
}

async function cyclesOf(client: Client, { temporal }: Config): Promise<Omit<ScheduleReport, 'chores'>> {
  try {
    const state = await scheduleState(client, temporal.taskQueue);
    const { everyMs, paused: isPaused, nextAt } = state;
    return { line: describeState(state), everyMs, isPaused, next: nextAt === null ? null : new Date(nextAt) };
  } catch (error) {
    if (!(error instanceof LockstepError && error.code === 'schedule_missing')) throw error;
    return { line: error.message, everyMs: null, isPaused: false, next: null };
  }
}
