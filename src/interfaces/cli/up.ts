import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { type Config, readConfig } from '../../config.ts';
import { deleteFolder } from '../../embedded/delete-folder.ts';
import { claimFolder, dataFolder } from '../../embedded/folder.ts';
import { freePort } from '../../embedded/ports.ts';
import { Stack } from '../../embedded/stack.ts';
import { type Servers, startServers } from '../../embedded/start-servers.ts';
import { startWebhooks } from '../../embedded/webhooks.ts';
import { WorkerProcess } from '../../embedded/worker-process.ts';
import { LockstepError } from '../../errors.ts';
import { ensureChores } from '../../features/chores/chore-schedules.ts';
import { describeSchedule, ensureSchedule, triggerSchedule } from '../../schedules.ts';
import { connectClient } from '../../temporal/client.ts';
import { prepareNamespace } from '../../temporal/namespace.ts';
import { DASHBOARD_PORT, openDashboard } from './dashboard.ts';
import { databaseUrl } from './database-url.ts';
import { endOnSignal } from './end-on-signal.ts';
import { exitCodes } from './exit.ts';
import { prepareDatabase } from './migrate.ts';
import { describeCycle, endedCycles } from './watch-cycles.ts';

export interface UpOptions {
  /** Deletes the data of earlier runs. */
  readonly fresh?: boolean;
  /** Ends after the first cycle, with its exit code. */
  readonly once?: boolean;
}

const say = (line: string): void => console.log(line);

/** Starts each server that has no address, then the worker and the schedule; runs until Ctrl-C. */
export async function upCommand({ fresh = false, once = false }: UpOptions): Promise<number> {
  const folder = dataFolder();
  const given = readConfig();
  if (fresh) await deleteFolder(folder);
  const claim = claimFolder(folder);
  const stack = new Stack();
  stack.push({ stop: async () => claim.release() });
  const end = endOnSignal(stack);
  try {
    const servers = await startServers({ config: given, folder, stack, end, say });
    Object.assign(process.env, servers.env);
    claim.announce(servers.env);
    return await runWorker({ servers, folder, stack, signal: end.signal, once });
  } catch (error) {
    if (!end.signal.aborted) throw error;
    if (end.signal.reason instanceof LockstepError) throw end.signal.reason;
    return exitCodes.ok;
  } finally {
    await stack.stop();
  }
}

interface UpParts {
  readonly servers: Servers;
  readonly folder: string;
  readonly stack: Stack;
  readonly signal: AbortSignal;
  readonly once: boolean;
}

/** Starts what needs the servers, and says where everything is. */
async function runWorker({ servers, folder, stack, signal, once }: UpParts): Promise<number> {
  const config = readConfig();
  await prepareDatabase(databaseUrl(config), say);
  signal.throwIfAborted();
  const worker = new WorkerProcess(join(folder, 'worker.log'), say);
  worker.start();
  stack.push(worker);
  const { client, close } = await connectClient(config);
  stack.push({ stop: close });
  // Another server's namespace belongs to its operator: `lockstep doctor` says what it lacks.
  if (servers.env.TEMPORAL_ADDRESS !== undefined) await prepareNamespace(client);
  if (config.hints && servers.notion && config.encryptionKeys) {
    stack.push(await startWebhooks({ config, client, notion: servers.notion, say: () => undefined }));
  }
  const place = { host: '127.0.0.1', port: await freePort(DASHBOARD_PORT), upEnv: servers.env, say };
  const dashboard = await openDashboard(config, place);
  stack.push(dashboard);
  const places = [`  Dashboard   ${dashboard.url}`, ...servers.places, `  Logs        ${folder}`];
  for (const line of ['', 'Lockstep is running. Press Ctrl-C to stop.', ...places, '']) say(line);
  return runCycles(client, config, signal, once);
}

async function runCycles(client: Client, config: Config, signal: AbortSignal, once: boolean): Promise<number> {
  const { taskQueue } = config.temporal;
  await ensureSchedule(client, { taskQueue, everyMs: config.everyMs });
  await ensureChores(client, config);
  const { state } = await describeSchedule(client, taskQueue);
  const cycles = endedCycles(client, taskQueue, signal);
  if (state.paused && !once) say('The schedule is paused. Resume it with `lockstep resume`.');
  else await triggerSchedule(client, taskQueue);
  for await (const cycle of cycles) {
    say(describeCycle(cycle));
    if (once) return cycle.end.result?.ok ? exitCodes.ok : exitCodes.failed;
  }
  signal.throwIfAborted();
  return exitCodes.ok;
}
