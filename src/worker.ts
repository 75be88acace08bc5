import { fileURLToPath } from 'node:url';
import { type Logger, type LogLevel, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pino from 'pino';
import { createActivities } from './activities/index.ts';
import { openServices } from './activities/services.ts';
import type { Config } from './config.ts';
import { TemporalUnreachableError, temporalConnection } from './temporal-client.ts';

/** Activities get this long to hand over when the worker is asked to stop. */
const SHUTDOWN_GRACE = '20 seconds';
const SHUTDOWN_FORCE = '28 seconds';

export interface RunningWorker {
  /** Ends when the worker has drained, or throws when it broke. */
  readonly done: Promise<void>;
  /** Stops taking work; what runs is handed over or ends. */
  stop(): void;
}

export interface WorkerOptions {
  /** Where the log goes; standard error where not given. */
  readonly logFile?: string;
}

/**
 * Starts one worker; run as many as you like. It needs Temporal to start, but
 * neither Notion nor PostgreSQL: what is missing fails only its own syncs.
 * @throws ConfigurationError, TemporalUnreachableError
 */
export async function startWorker(config: Config, { logFile }: WorkerOptions = {}): Promise<RunningWorker> {
  installLogger(logFile);
  const services = openServices(config);
  const { address, namespace, options } = temporalConnection();
  const connection = await NativeConnection.connect(options).catch((error: unknown) => {
    throw new TemporalUnreachableError(address, { cause: error });
  });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: config.temporal.taskQueue,
    workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)),
    activities: createActivities(services),
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  });
  const done = worker.run().finally(async () => {
    await services.close();
    await connection.close();
  });
  return { done, stop: () => worker.shutdown() };
}

let installed = false;

/** Temporal's runtime exists once in a process, and so does its logger. */
function installLogger(logFile: string | undefined): void {
  if (installed) return;
  installed = true;
  const log = pino({ level: process.env.LOG_LEVEL ?? 'info' }, pino.destination(logFile ?? 2));
  const write = (level: LogLevel, message: string, meta?: object): void => {
    const method = level.toLowerCase();
    if (method === 'trace' || method === 'debug' || method === 'info' || method === 'warn' || method === 'error') {
      log[method](meta ?? {}, message);
    }
  };
  const logger: Logger = {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
  Runtime.install({ logger, shutdownSignals: [] });
}
