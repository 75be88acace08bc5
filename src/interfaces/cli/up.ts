import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { NotionEmulator } from 'notion-emulator';
import { type Config, readConfig } from '../../config.ts';
import { migrate } from '../../database/migrate.ts';
import { claimFolder, dataFolder, forgetFolder } from '../../embedded/folder.ts';
import { startGoogle } from '../../embedded/google.ts';
import { startNotion } from '../../embedded/notion.ts';
import { freePort } from '../../embedded/ports.ts';
import { startPostgres } from '../../embedded/postgres.ts';
import { Stack } from '../../embedded/stack.ts';
import { startTemporal } from '../../embedded/temporal.ts';
import { startWebhooks } from '../../embedded/webhooks.ts';
import { WorkerProcess } from '../../embedded/worker-process.ts';
import { FinalError, LockstepError } from '../../errors.ts';
import { type ChoreSchedules, ensureChores } from '../../features/chores/chore-schedules.ts';
import { describeSchedule, ensureSchedule, triggerSchedule } from '../../schedules.ts';
import { connectClient, temporalConnection } from '../../temporal/client.ts';
import { DASHBOARD_PORT, openDashboard } from './dashboard.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { describeMigrations } from './migrate.ts';
import { describeCycle, endedCycles } from './watch-cycles.ts';

export interface UpOptions {
  /** Forgets everything that an earlier `up` kept here. */
  readonly fresh?: boolean;
  /** Ends after the first cycle, with its exit code. */
  readonly once?: boolean;
}

const say = (line: string): void => console.log(line);

/** Everything that no address is given for, then the worker and the schedule; until Ctrl-C. */
export async function upCommand({ fresh = false, once = false }: UpOptions): Promise<number> {
  const given = readConfig();
  const folder = dataFolder();
  if (fresh) await forgetFolder(folder);
  const claim = claimFolder(folder);
  const stack = new Stack();
  stack.push({ stop: async () => claim.release() });
  const end = endOnSignal(stack);
  try {
    const servers = await startServers(given, folder, stack, end);
    Object.assign(process.env, servers.env);
    claim.announce(servers.env);
    const config = readConfig();
    say(describeMigrations(await migrate(databaseUrl(config))));
    end.signal.throwIfAborted();
    const worker = new WorkerProcess(join(folder, 'worker.log'), say);
    worker.start();
    stack.push(worker);
    const { client, close } = await connectClient(config);
    stack.push({ stop: close });
    if (config.hints && servers.notion && config.encryptionKeys) {
      stack.push(await startWebhooks({ config, client, notion: servers.notion, say: () => undefined }));
    }
    const dashboard = await openDashboard(config, { host: '127.0.0.1', port: await freePort(DASHBOARD_PORT), say });
    stack.push(dashboard);
    const places = [`  Dashboard   ${dashboard.url}`, ...servers.places, `  Logs        ${folder}`];
    for (const line of ['', 'Lockstep is up; Ctrl-C stops it.', ...places, '']) say(line);
    return await runCycles(
      client,
      { taskQueue: config.temporal.taskQueue, timeZone: config.timeZone },
      end.signal,
      once,
    );
  } catch (error) {
    if (!end.signal.aborted) throw error;
    if (end.signal.reason instanceof LockstepError) throw end.signal.reason;
    return exitCodes.ok;
  } finally {
    await stack.stop();
  }
}

/** Aborts on the first signal to end; a second one waits for nothing. */
export function endOnSignal(stack: Stack): AbortController {
  const end = new AbortController();
  let asked = false;
  const onSignal = (): void => {
    if (asked) {
      stack.kill();
      process.exit(exitCodes.failed);
    }
    asked = true;
    say('Stopping; once more ends everything at once.');
    end.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return end;
}

export interface Servers {
  /** For the worker, and for other commands: where the embedded ones are. */
  readonly env: Record<string, string>;
  /** For people: where to look. */
  readonly places: readonly string[];
  /** The emulator, where no token was given. */
  readonly notion: NotionEmulator | null;
}

export async function startServers(
  config: Config,
  folder: string,
  stack: Stack,
  end: AbortController,
): Promise<Servers> {
  const env: Record<string, string> = {};
  const places: string[] = [];
  let notion: NotionEmulator | null = null;
  const watch = (name: string, log: string, exited: Promise<void>): void => {
    const lost = new FinalError('server_failed', `${name} ended by itself; its log is ${join(folder, log)}`);
    void exited.then(() => end.abort(lost));
  };

  if (config.database.url) {
    places.push('  PostgreSQL  psql "$DATABASE_URL"');
  } else {
    const postgres = await startPostgres({ folder });
    stack.push(postgres);
    watch('PostgreSQL', 'postgres.log', postgres.exited);
    env.DATABASE_URL = postgres.url;
    places.push(`  PostgreSQL  psql ${postgres.url}`);
  }
  end.signal.throwIfAborted();

  if (process.env.TEMPORAL_ADDRESS) {
    places.push(`  Temporal    ${temporalConnection().address}`);
  } else {
    const { namespace } = temporalConnection();
    const temporal = await startTemporal({ folder, namespace, cliPath: config.temporal.cliPath, say });
    stack.push(temporal);
    watch('Temporal', 'temporal.log', temporal.exited);
    // What the shell or the user's configuration file say of another server must not reach this one.
    const configFile = join(folder, 'temporal.toml');
    writeFileSync(configFile, `[profile.default]\naddress = "${temporal.address}"\nnamespace = "${namespace}"\n`);
    const webUi = { LOCKSTEP_TEMPORAL_UI_URL: temporal.uiUrl };
    Object.assign(env, { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_CONFIG_FILE: configFile, ...webUi });
    for (const name of Object.keys(process.env))
      if (/^TEMPORAL_(API_KEY|TLS|PROFILE)/.test(name)) delete process.env[name];
    places.push(`  Temporal    ${temporal.uiUrl} (Web UI; the server is ${temporal.address})`);
  }
  end.signal.throwIfAborted();

  if (config.notion.token) {
    places.push(`  Notion      ${config.notion.baseUrl}`);
  } else {
    const { requestsPerMinute } = config.notion;
    const emulator = await startNotion({ folder, timeZone: config.timeZone, requestsPerMinute });
    notion = emulator;
    stack.push({ stop: () => emulator.close() });
    Object.assign(env, { NOTION_TOKEN: emulator.token, NOTION_BASE_URL: emulator.url });
    places.push(`  Notion      ${emulator.url} (the bundled emulator, since NOTION_TOKEN is not set)`);
    if (!config.google.clientId) {
      const google = await startGoogle({ folder, timeZone: config.timeZone });
      stack.push({ stop: () => google.close() });
      const own = config.encryptionKeys === undefined ? {} : { LOCKSTEP_ENCRYPTION_KEY: config.encryptionKeys };
      Object.assign(env, google.env, own);
      places.push(`  Google      ${google.url} (the bundled emulator, since GOOGLE_CLIENT_ID is not set)`);
    }
  }
  return { env, places, notion };
}

async function runCycles(
  client: Client,
  { taskQueue, timeZone }: ChoreSchedules,
  signal: AbortSignal,
  once: boolean,
): Promise<number> {
  await ensureSchedule(client, taskQueue);
  await ensureChores(client, { taskQueue, timeZone });
  const { state } = await describeSchedule(client);
  const cycles = endedCycles(client, taskQueue, signal);
  if (state.paused && !once) say('The schedule is paused; `lockstep schedule resume` lets it run again.');
  else await triggerSchedule(client);
  for await (const cycle of cycles) {
    say(describeCycle(cycle));
    if (once) return cycle.end.result?.ok ? exitCodes.ok : exitCodes.failed;
  }
  signal.throwIfAborted();
  return exitCodes.ok;
}
