import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import pg from 'pg';
import type { CycleRequest, CycleResult } from '../src/cycle/messages.ts';
import { migrate } from '../src/database/migrate.ts';
import { type Child, pin, startChild } from './child.ts';
import { definition } from './definition.ts';
import type { Emulator } from './emulator.ts';
import type { Servers } from './servers.ts';
import { countEvents } from './temporal-events.ts';

/** Lockstep with a real worker process and its own database. */
export interface Lockstep {
  readonly pid: number;
  readonly pool: pg.Pool;
  /** The environment of its commands. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder that its commands are started in. */
  readonly folder: string;
  /** Runs a cycle. @throws Error with the cycle's message when it fails */
  cycle(request?: CycleRequest): Promise<Cycle>;
  /** Ends the worker at once, and starts another: a cycle in progress continues there. */
  crash(): Promise<void>;
  /** Resets the request budget, as a minute without requests does. */
  resetBudget(): Promise<void>;
  /** Stops the worker after its current work. */
  stop(): Promise<void>;
}

export interface Cycle {
  readonly seconds: number;
  readonly result: CycleResult;
  /** Counts the events of all its workflows. */
  events(): Promise<number>;
}

export interface LockstepOptions {
  readonly requestsPerMinute: number;
  /** Whether edits are sent between cycles. */
  readonly hints?: boolean;
  /** Additional environment variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** The core that the worker is pinned to. Default: any. */
  readonly core?: string;
  /** The folder for a CPU profile. */
  readonly profileFolder?: string;
}

export async function startLockstep(
  servers: Servers,
  emulator: Emulator,
  { requestsPerMinute, hints = false, env: different = {}, core, profileFolder }: LockstepOptions,
): Promise<Lockstep> {
  const databaseUrl = await servers.newDatabase();
  await migrate(databaseUrl);
  const taskQueue = `bench-${randomUUID()}`;
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    NOTION_TOKEN: emulator.token,
    NOTION_BASE_URL: emulator.url,
    NOTION_REQUESTS_PER_MINUTE: String(requestsPerMinute),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    TEMPORAL_TASK_QUEUE: taskQueue,
    LOCKSTEP_HINTS: hints ? 'on' : 'off',
    LOCKSTEP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOCKSTEP_TIME_ZONE: 'UTC',
    LOG_LEVEL: 'warn',
    ...different,
  };
  const nodeArgs = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  const folder = await definitionFolder(env);
  const start = async (): Promise<Child> => {
    const started = startChild('bin/lockstep.js', ['worker'], { env, nodeArgs, cwd: folder });
    if (core !== undefined) pin(started.pid, core);
    await started.waitForOutput('worker on task queue');
    return started;
  };
  let worker = await start();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  return {
    get pid() {
      return worker.pid;
    },
    pool,
    env,
    folder,
    cycle: (request) => runCycle(servers, taskQueue, request, () => worker.output()),
    crash: async () => {
      await worker.end();
      worker = await start();
    },
    resetBudget: async () => {
      await pool.query('TRUNCATE request_budget');
    },
    stop: async () => {
      await pool.end();
      await worker.end('SIGTERM');
      rmSync(folder, { recursive: true });
    },
  };
}

/** @param output of the worker, for the error */
async function runCycle(
  { client }: Servers,
  taskQueue: string,
  request: CycleRequest | undefined,
  output: () => string,
): Promise<Cycle> {
  const workflowId = `cycle-${randomUUID()}`;
  const started = performance.now();
  const handle = await client.workflow.start('syncCycle', { taskQueue, workflowId, args: request ? [request] : [] });
  try {
    const result = (await handle.result()) as CycleResult; // the result of `syncCycle`
    const seconds = (performance.now() - started) / 1000;
    return { seconds, result, events: () => countEvents(client, workflowId) };
  } catch (error) {
    const reason = error instanceof WorkflowFailedError ? error.cause?.message : String(error);
    throw new Error(`the cycle failed: ${reason}\n${output()}`, { cause: error });
  }
}

/** A folder with the definition, to which the database was migrated. */
async function definitionFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-definition-'));
  if (definition.file === null) return folder;
  writeFileSync(join(folder, 'lockstep.config.json'), definition.file);
  const migrating = startChild('bin/lockstep.js', ['migrate'], { env, cwd: folder });
  await migrating.gone;
  if (!migrating.output().includes('Applied migrations/')) throw new Error(migrating.output());
  return folder;
}
