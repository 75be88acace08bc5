import { randomBytes, randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import pg from 'pg';
import type { CycleRequest, CycleResult } from '../src/cycle/types.ts';
import { migrate } from '../src/database/migrate.ts';
import { type Child, pin, startChild } from './child.ts';
import type { Emulator } from './emulator.ts';
import type { Servers } from './servers.ts';
import { countEvents } from './temporal-events.ts';

/** The product as it is: a real worker process, on a database of its own. */
export interface Lockstep {
  readonly pid: number;
  readonly pool: pg.Pool;
  /** What its commands find in their environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a cycle from its start to its result. @throws Error with the cycle's message when it failed */
  cycle(request?: CycleRequest): Promise<Cycle>;
  /** Forgets the requests of the last minute, as a minute's pause would. */
  forgetRequests(): Promise<void>;
  /** Drains the worker. */
  stop(): Promise<void>;
}

export interface Cycle {
  readonly seconds: number;
  readonly result: CycleResult;
  /** Of all its workflows. */
  events(): Promise<number>;
}

export interface LockstepOptions {
  readonly requestsPerMinute: number;
  /** Whether edits are sent as soon as they are made; without it, by cycles alone. */
  readonly hints?: boolean;
  /** The worker's core; any where it is not given. */
  readonly core?: string;
  /** Where a CPU profile is left at the end. */
  readonly profileFolder?: string;
}

export async function startLockstep(
  servers: Servers,
  emulator: Emulator,
  { requestsPerMinute, hints = false, core, profileFolder }: LockstepOptions,
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
  };
  const nodeArgs = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  const worker: Child = startChild('bin/lockstep.js', ['worker'], { env, nodeArgs });
  if (core !== undefined) pin(worker.pid, core);
  await worker.says('worker on task queue');
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  return {
    pid: worker.pid,
    pool,
    env,
    cycle: async (request) => {
      const workflowId = `cycle-${randomUUID()}`;
      const started = performance.now();
      const handle = await servers.client.workflow.start('syncCycle', {
        taskQueue,
        workflowId,
        args: request ? [request] : [],
      });
      try {
        const result = (await handle.result()) as CycleResult; // what `syncCycle` gives back
        const seconds = (performance.now() - started) / 1000;
        return { seconds, result, events: () => countEvents(servers.client, workflowId) };
      } catch (error) {
        const reason = error instanceof WorkflowFailedError ? error.cause?.message : String(error);
        throw new Error(`the cycle failed: ${reason}\n${worker.output()}`, { cause: error });
      }
    },
    forgetRequests: async () => {
      await pool.query('TRUNCATE request_budget');
    },
    stop: async () => {
      await pool.end();
      await worker.end('SIGTERM');
    },
  };
}
