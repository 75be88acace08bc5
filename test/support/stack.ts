import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { type NotionEmulator, type NotionEmulatorOptions, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { inject } from 'vitest';
import type { CycleRequest, CycleResult } from '../../src/cycle/types.ts';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../src/entities/index.ts';
import { googleDescription } from '../conformance/google/description.ts';
import { notionDescription } from '../conformance/notion/description.ts';
import { startConformanceProxy } from './conformance-proxy.ts';
import { freshDatabase } from './database.ts';

const bin = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));

/** Everything that a deployment has, on this machine: the real parts, and the emulators over HTTP. */
export interface Stack {
  /** Its URL is a proxy's, which holds all that passes against what others say of Notion. */
  readonly notion: NotionEmulator;
  /** Its one account is signed in, and reads a work calendar too. Its URLs are those of a proxy as well. */
  readonly google: GoogleEmulator;
  readonly databaseUrl: string;
  readonly client: Client;
  readonly taskQueue: string;
  /** What a worker or a command of this deployment finds in its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Plain SQL, as a user's script. */
  sql<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** A worker process of its own. @param env what is different in its environment */
  startWorker(env?: NodeJS.ProcessEnv): Worker;
  /** Starts a cycle, and waits for its end. @throws CycleFailure */
  cycle(request?: CycleRequest): Promise<CycleResult>;
  /** Starts a cycle, which `endOf` waits for. */
  startCycle(request?: CycleRequest, taskQueue?: string): Promise<WorkflowHandle>;
  /** @throws Error when a request or an answer was not as the service is described */
  stop(): Promise<void>;
}

export interface Worker {
  /** kill -9, or another signal; resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** A signal that it survives: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** All that it wrote. */
  output(): string;
}

/** A cycle that ended as a failed workflow. */
export class CycleFailure extends Error {
  readonly result: CycleResult | undefined;

  constructor(message: string, result: CycleResult | undefined) {
    super(message);
    this.result = result;
  }
}

/** Servers of a test's own, which it may stop and start, in place of those that all tests share. */
export interface OwnServers {
  readonly databaseUrl?: string;
  readonly temporalAddress?: string;
}

/** What a worker that reads calendars finds in its environment. */
export const signedIn = ({ google }: Pick<Stack, 'google'>): NodeJS.ProcessEnv => ({
  GOOGLE_CLIENT_ID: google.clientId,
  GOOGLE_CLIENT_SECRET: google.clientSecret,
  GOOGLE_REFRESH_TOKEN: google.handle.grant('me@example.com', ['https://www.googleapis.com/auth/calendar.events']),
  GOOGLE_WORK_CALENDAR_ID: 'work@example.com',
  LOCKSTEP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
});

/** @param options of the emulator; its budget is out of the way unless given */
export async function startStack(options: NotionEmulatorOptions = {}, own: OwnServers = {}): Promise<Stack> {
  const notionEmulator = await startNotionEmulator({ requestsPerMinute: 100_000, ...options });
  createEntityDatabases(notionEmulator.workspace, entities);
  const googleEmulator = await startGoogleEmulator();
  const proxies = await Promise.all([
    startConformanceProxy(notionEmulator.url, await notionDescription()),
    startConformanceProxy(googleEmulator.url, googleDescription()),
  ]);
  const [notionProxy, googleProxy] = proxies;
  const notion = { ...notionEmulator, url: notionProxy.url };
  const google = { ...googleEmulator, url: `${googleProxy.url}/`, tokenUrl: `${googleProxy.url}/token` };
  const database = await freshDatabase(own.databaseUrl);
  const temporalAddress = own.temporalAddress ?? inject('temporalAddress');
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  // A server that is restarted by a test closes idle connections.
  pool.on('error', () => undefined);
  const taskQueue = `test-${randomUUID()}`;
  const workers = new Set<Worker>();
  const { PATH, HOME } = process.env;
  const env: NodeJS.ProcessEnv = {
    PATH,
    HOME,
    NOTION_TOKEN: notion.token,
    NOTION_BASE_URL: notion.url,
    NOTION_REQUESTS_PER_MINUTE: '100000',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_TASK_QUEUE: taskQueue,
    LOCKSTEP_TIME_ZONE: 'Europe/Madrid',
    // A test that edits in SQL says itself when that is to be sent.
    LOCKSTEP_HINTS: 'off',
    GOOGLE_ROOT_URL: google.url,
    GOOGLE_TOKEN_URL: google.tokenUrl,
    LOG_LEVEL: 'warn',
  };
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
    client,
    taskQueue,
    env,
    sql: async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<T>(text, values)).rows,
    startWorker: (different = {}) => {
      const worker = spawnWorker({ ...env, ...different });
      workers.add(worker);
      return worker;
    },
    startCycle,
    cycle: async (request) => endOf(await startCycle(request)),
    stop: async () => {
      await Promise.all([...workers].map((worker) => worker.kill()));
      await pool.end();
      await connection.close();
      await Promise.all([notion.close(), google.close()]);
      await database.drop();
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

function spawnWorker(env: NodeJS.ProcessEnv): Worker {
  const child: ChildProcess = spawn(process.execPath, [bin, 'worker'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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
  };
}
