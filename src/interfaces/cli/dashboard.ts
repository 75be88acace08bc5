import { once } from 'node:events';
import { type Client, Connection } from '@temporalio/client';
import { type Config, readConfig } from '../../config.ts';
import { openDatabase } from '../../database/client.ts';
import { dataFolder, runningUp } from '../../embedded/folder.ts';
import { personalCalendar, workCalendar } from '../../entities/calendars.ts';
import { LockstepError } from '../../errors.ts';
import { pause, resume } from '../../features/chores/pause.ts';
import { temporalClient, temporalConnection, temporalRefusal } from '../../temporal/client.ts';
import { readCycleProgress } from '../../temporal/cycle-progress.ts';
import { readOpenWork } from '../../temporal/open-work.ts';
import { PlanJob } from '../dashboard/plan-job.ts';
import { startDashboard } from '../dashboard/server.ts';
import type { Temporal, TemporalState } from '../dashboard/temporal.ts';
import { temporalLinks } from '../dashboard/temporal-links.ts';
import { startCycle } from './cycle.ts';
import { dashboardPlanner } from './dashboard-planner.ts';
import { openSetup } from './dashboard-setup.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { describeState, scheduleState } from './schedule.ts';
import { requireDefinition } from './with-database.ts';

export interface DashboardCommandOptions {
  readonly host: string;
  readonly port: number;
}

/** The default port. */
export const DASHBOARD_PORT = 8100;
const POOL_SIZE = 4;
/** A page does not wait longer for Temporal. */
const ANSWER_MS = 3_000;
/** The page of the chores asks for several runs, and a fix may change several schedules. */
const SETUP_MS = 10_000;

/** Serves the dashboard until SIGTERM or SIGINT, and answers the requests in progress. */
export async function dashboardCommand({ host, port }: DashboardCommandOptions): Promise<number> {
  const say = (line: string): void => {
    process.stderr.write(`lockstep: ${line}\n`);
  };
  const dashboard = await openDashboard(readConfig(), { host, port, say });
  say(`dashboard on ${dashboard.url}`);
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await dashboard.stop();
  return exitCodes.ok;
}

export interface RunningDashboard {
  readonly url: string;
  stop(): Promise<void>;
}

interface Place extends DashboardCommandOptions {
  /** What `lockstep up` has set in the environment. */
  readonly upEnv?: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/** Opens a dashboard with its own connections, which it closes when it stops. @throws ConfigurationError */
export async function openDashboard(
  config: Config,
  { host, port, say, upEnv = runningUp(dataFolder())?.env ?? {} }: Place,
): Promise<RunningDashboard> {
  const database = openDatabase(databaseUrl(config), POOL_SIZE);
  const { options, namespace } = temporalConnection();
  // The dashboard starts even if Temporal is not available.
  const connection = Connection.lazy(options);
  const client = await temporalClient(connection, config);
  const temporal = temporalOf(client, config.temporal.taskQueue);
  const ask = <T>(work: (client: Client) => Promise<T>): Promise<T> => askWithin(SETUP_MS, client, () => work(client));
  const setup = openSetup({ config, database, ask, upEnv, say });
  const { webUi } = config.temporal;
  const plans = new PlanJob(dashboardPlanner(config), say);
  const close = async (): Promise<void> => {
    await plans.stop();
    await connection.close();
    await database.close();
  };
  try {
    await requireDefinition(database);
    const server = await startDashboard({
      ...{ database, temporal, setup, plans, host, port, say },
      perMinute: config.notion.requestsPerMinute,
      everyMs: config.everyMs,
      timeZone: config.timeZone,
      token: config.dashboardToken,
      calendarIds: {
        [personalCalendar.name]: config.google.personalCalendarId,
        [workCalendar.name]: config.google.workCalendarId,
      },
      links: webUi === undefined ? null : temporalLinks(webUi, namespace),
    });
    return {
      url: server.url,
      stop: async () => {
        await server.stop();
        await setup.doctor.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws TemporalUnreachableError after this time */
async function askWithin<T>(ms: number, client: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + ms, work);
  } catch (error) {
    throw temporalRefusal(error) ?? error;
  }
}

function temporalOf(client: Client, taskQueue: string): Temporal {
  const asked = <T>(work: () => Promise<T>): Promise<T> => askWithin(ANSWER_MS, client, work);
  return {
    runNow: (entity) =>
      asked(async () => {
        const request = { urgent: true, ...(entity === undefined ? {} : { entities: [entity] }) };
        return (await startCycle(client, taskQueue, request)).workflowId;
      }),
    pause: (forMs) => asked(() => pause(client, taskQueue, forMs)),
    resume: () => asked(() => resume(client, taskQueue)),
    look: () =>
      asked(async () => {
        const open = await readOpenWork(client, taskQueue);
        const progress = await readCycleProgress(client, open);
        return { ...(await scheduleLine(client, taskQueue)), open, progress };
      }),
  };
}

async function scheduleLine(client: Client, taskQueue: string): Promise<Pick<TemporalState, 'schedule' | 'isPaused'>> {
  try {
    const state = await scheduleState(client, taskQueue);
    return { schedule: describeState(state), isPaused: state.paused };
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'schedule_missing')
      return { schedule: error.message, isPaused: false };
    throw error;
  }
}
