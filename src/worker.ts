import { Client } from '@temporalio/client';
import {
  type Logger,
  type LogLevel,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import pino from 'pino';
import { createActivities } from './activities/index.ts';
import { openServices } from './activities/services.ts';
import type { Config } from './config.ts';
import { listenForHints } from './hints/listen-for-hints.ts';
import { TemporalUnreachableError, temporalConnection, temporalRefusal } from './temporal-client.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** Activities get this long to hand over when the worker is asked to stop. */
const SHUTDOWN_GRACE = '20 seconds';
const SHUTDOWN_FORCE = '28 seconds';

export interface RunningWorker {
  /** Ends when the worker has drained, or throws when it broke. */
  readonly done: Promise<void>;
  /** Stops taking work; what runs is handed over or ends. */
  stop(): void;
}

/**
 * Starts one worker; run as many as you like. It needs Temporal to start, but
 * neither Notion nor PostgreSQL: what is missing fails only its own syncs.
 * @throws ConfigurationError, TemporalUnreachableError
 */
export async function startWorker(config: Config): Promise<RunningWorker> {
  installLogger(config.logLevel);
  const log = Runtime.instance().logger;
  const services = openServices(config, ({ waiting, size }) =>
    log.warn(`${waiting} queries wait: all ${size} connections to PostgreSQL are busy (DATABASE_POOL_SIZE)`),
  );
  const { namespace } = temporalConnection();
  const connection = await connect(namespace);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: config.temporal.taskQueue,
    workflowBundle: await workflowBundle(),
    activities: createActivities(services),
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  });
  const client = new Client({ connection, namespace });
  const listener = config.hints ? listenForHints(config, client, (message) => log.warn(message)) : null;
  const done = worker.run().finally(async () => {
    await listener?.close();
    await services.close();
    await connection.close();
  });
  return { done, stop: () => worker.shutdown() };
}

/** Also asks for the namespace: a worker would only say in its own words that there is none. */
async function connect(namespace: string): Promise<NativeConnection> {
  const { address, options } = temporalConnection();
  try {
    const connection = await NativeConnection.connect(options);
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    throw temporalRefusal(error) ?? new TemporalUnreachableError(address, { cause: error });
  }
}

let installed = false;

/** Temporal's runtime exists once in a process, and so does its logger: JSON lines on standard error. */
function installLogger(level: Config['logLevel']): void {
  if (installed) return;
  installed = true;
  const log = pino({ level }, pino.destination(2));
  const at =
    (level: Lowercase<LogLevel>) =>
    (message: string, meta: object = {}): void =>
      log[level](meta, message);
  const logger: Logger = {
    log: (level, message, meta) => at(level.toLowerCase() as Lowercase<LogLevel>)(message, meta),
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({ logger, shutdownSignals: [], telemetryOptions: { logging: { forward: {}, filter } } });
}
