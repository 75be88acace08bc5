import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { type NotionEmulator, type NotionEmulatorOptions, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import type { CycleRequest, CycleResult } from '../../src/cycle/messages.ts';
import type { Entity } from '../../src/entities/define.ts';
import { type RunningWorker, startWorker } from '../../src/worker.ts';
import { googleDescription } from '../conformance/google/description.ts';
import { notionDescription } from '../conformance/notion/description.ts';
import { runCli } from './cli.ts';
import { startConformanceProxy } from './conformance-proxy.ts';
import { freshDatabase } from './database.ts';
import { builtInTen, type TestDefinition } from './definitions.ts';
import { testTemporal } from './temporal.ts';

const bin = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));

/** A complete deployment on this machine: the real services, and the emulators over HTTP. */
export interface Stack {
  /** Its URL is that of a proxy that checks every exchange against Notion's API description. */
  readonly notion: NotionEmulator;
  /** Its account is signed in, and also reads a work calendar. Its URLs are those of a proxy as well. */
  readonly google: GoogleEmulator;
  readonly databaseUrl: string;
  /** What its definition syncs. */
  readonly entities: readonly Entity[];
  /** The folder of its definition, in which its processes are started; null: the built-in ten need none. */
  readonly folder: string | null;
  readonly client: Client;
  readonly taskQueue: string;
  /** The environment of this deployment's workers and commands. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs SQL as a user's script does. */
  sql<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** Starts a worker of the built-in ten in the test's process, on the shared Temporal. @param env additional environment variables */
  startWorker(env?: NodeJS.ProcessEnv): void;
  /** Starts a worker process, to be killed or suspended. @param env additional environment variables */
  spawnWorker(env?: NodeJS.ProcessEnv): Worker;
  /** Starts a cycle, and waits for its end. @throws CycleFailure */
  cycle(request?: CycleRequest): Promise<CycleResult>;
  /** Starts a cycle. `endOf` waits for its end. */
  startCycle(request?: CycleRequest, taskQueue?: string): Promise<WorkflowHandle>;
  /** @throws Error when a request or a response did not match the service's description */
  stop(): Promise<void>;
}

export interface Worker {
  /** Sends SIGKILL, or another signal, and waits for the process to end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends SIGSTOP or SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** All its output. */
  output(): string;
  /** What it has used so far; 0 where there is no /proc. */
  cpuSeconds(): number;
}

/** A cycle that ended as a failed workflow. */
export class CycleFailure extends Error {
  readonly result: CycleResult | undefined;

  constructor(message: string, result: CycleResult | undefined) {
    super(message);
    this.result = result;
  }
}

/** Servers that only this test uses, and may stop and start. */
export interface OwnServers {
  readonly databaseUrl?: string;
  readonly temporalAddress?: string;
}

/** Environment variables for calendar syncs. */
export const signedIn = ({ google }: Pick<Stack, 'google'>): NodeJS.ProcessEnv => ({
  GOOGLE_CLIENT_ID: google.clientId,
  GOOGLE_CLIENT_SECRET: google.clientSecret,
  GOOGLE_REFRESH_TOKEN: google.handle.grant('me@example.com', ['https://www.googleapis.com/auth/calendar.events']),
  GOOGLE_WORK_CALENDAR_ID: 'work@example.com',
  LOCKSTEP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
});

/** @param options of the Notion emulator; its request budget is unlimited by default */
export async function startStack(
  options: NotionEmulatorOptions = {},
  own: OwnServers = {},
  definition: TestDefinition = builtInTen,
): Promise<Stack> {
  const { notion, google, close: closeEmulators } = await startEmulators(options, definition);
  const database = await freshDatabase(own.databaseUrl);
  const temporal = own.temporalAddress ? { address: own.temporalAddress, namespace: 'default' } : testTemporal();
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  // A server that a test restarts closes idle connections.
  pool.on('error', () => undefined);
  const taskQueue = `test-${randomUUID()}`;
  const workers = new Set<Worker>();
  const ownWorkers: Promise<RunningWorker>[] = [];
  const { PATH, HOME } = process.env;
  const env: NodeJS.ProcessEnv = {
    PATH,
    HOME,
    NOTION_TOKEN: notion.token,
    NOTION_BASE_URL: notion.url,
    NOTION_REQUESTS_PER_MINUTE: '100000',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_TASK_QUEUE: taskQueue,
    LOCKSTEP_TIME_ZONE: 'Europe/Madrid',
    // Tests start syncs explicitly.
    LOCKSTEP_HINTS: 'off',
    GOOGLE_ROOT_URL: google.url,
    GOOGLE_TOKEN_URL: google.tokenUrl,
    LOG_LEVEL: 'warn',
  };
  if (definition.ownTables !== undefined) await pool.query(definition.ownTables);
  const folder = await migrateTo(definition, env);
  const startCycle: Stack['startCycle'] = (request, queue = taskQueue) =>
    client.workflow.start('syncCycle', {
      taskQueue: queue,
      workflowId: `cycle-${randomUUID()}`,
      args: request ? [request] : [],
    });

  return {
    notion,
    google,
    databaseUrl: database.url,
    entities: definition.entities,
    folder,
    client,
    taskQueue,
    env,
    sql: async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<T>(text, values)).rows,
    startWorker: (different = {}) => {
      ownWorkers.push(startWorker(readConfig({ ...env, ...different })));
    },
    spawnWorker: (different = {}) => {
      const worker = spawnWorker({ ...env, ...different }, folder);
      workers.add(worker);
      return worker;
    },
    startCycle,
    cycle: async (request) => endOf(await startCycle(request)),
    stop: async () => {
      await Promise.all([...[...workers].map((worker) => worker.kill()), ...ownWorkers.map(stopWorker)]);
      await pool.end();
      await connection.close();
      await database.drop();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
      await closeEmulators();
    },
  };
}

/** Creates the tables of a definition, as its owner does. @returns its folder */
async function migrateTo({ file }: TestDefinition, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (file === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-definition-'));
  writeFileSync(join(folder, 'lockstep.config.json'), file);
  const { code, stderr } = await runCli(['migrate'], folder, definedIn(env));
  if (code !== 0) throw new Error(`lockstep migrate failed: ${stderr}`);
  return folder;
}

/** The variables that are set. */
export const definedIn = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

/** Both emulators, each behind a proxy. */
async function startEmulators(options: NotionEmulatorOptions, { createDatabases }: TestDefinition) {
  const notion = await startNotionEmulator({
    integrationName: 'Lockstep',
    requestsPerMinute: 100_000,
    ...options,
  });
  createDatabases(notion.workspace);
  const google = await startGoogleEmulator();
  const proxies = await Promise.all([
    startConformanceProxy(notion.url, await notionDescription()),
    startConformanceProxy(google.url, googleDescription()),
  ]);
  const [notionProxy, googleProxy] = proxies;
  return {
    notion: { ...notion, url: notionProxy.url },
    google: { ...google, url: `${googleProxy.url}/`, tokenUrl: `${googleProxy.url}/token` },
    close: async (): Promise<void> => {
      await Promise.all([notion.close(), google.close()]);
      const [first] = (await Promise.allSettled(proxies.map((proxy) => proxy.close()))).filter(isRejected);
      if (first) throw first.reason;
    },
  };
}

const isRejected = (result: PromiseSettledResult<unknown>): result is PromiseRejectedResult =>
  result.status === 'rejected';

/** @throws CycleFailure */
export async function endOf(cycle: WorkflowHandle): Promise<CycleResult> {
  try {
    return (await cycle.result()) as CycleResult;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure)) throw error;
    throw new CycleFailure(cause.message, cause.details?.[0] as CycleResult | undefined);
  }
}

/** @throws Error when it did not start, or failed */
async function stopWorker(started: Promise<RunningWorker>): Promise<void> {
  const { stop, done } = await started;
  stop();
  await done;
}

function spawnWorker(env: NodeJS.ProcessEnv, folder: string | null): Worker {
  const child: ChildProcess = spawn(process.execPath, [bin, 'worker'], {
    env,
    ...(folder === null ? {} : { cwd: folder }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const gone = once(child, 'exit');
  return {
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await gone;
    },
    signal: (signal) => {
      child.kill(signal);
    },
    output: () => output,
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
  };
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuSecondsOf(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return 0;
  const [, ...fields] = readFileSync(file, 'utf8').split(') ');
  const [utime = 0, stime = 0] = fields.join(') ').split(' ').slice(11, 13).map(Number);
  return (utime + stime) / 100;
}
