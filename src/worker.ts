import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import type { Config } from './config.ts';
import { troubleOfDatabase } from './database/answers.ts';
import { listenForHints } from './features/hints/listen-for-hints.ts';
import { startHealthServer } from './observability/health-server.ts';
import { createMetrics } from './observability/metrics.ts';
import { flushTraces, openTraces } from './observability/open-traces.ts';
import { installRuntime } from './observability/runtime.ts';
import { syncReports } from './observability/sync-reports.ts';
import { openServices } from './runtime/services.ts';
import {
  type TemporalConnection,
  TemporalUnreachableError,
  temporalClient,
  temporalConnection,
  temporalRefusal,
} from './temporal/client.ts';
import { dataConverter } from './temporal/payload-codec.ts';
import { workflowBundle } from './temporal/workflow-bundle.ts';

/** Activities get this long to hand over when the worker is asked to stop. */
const SHUTDOWN_GRACE = '20 seconds';
const SHUTDOWN_FORCE = '28 seconds';
/** Whoever asks whether a worker is ready wants to know soon. */
const READY_MS = 3_000;

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
  const temporal = temporalConnection();
  const { namespace } = temporal;
  installRuntime(config, secretsOf(temporal));
  const log = Runtime.instance().logger;
  const services = openServices(config, ({ waiting, size }) =>
    log.warn(`${waiting} queries wait: all ${size} connections to PostgreSQL are busy (DATABASE_POOL_SIZE)`),
  );
  const connection = await connect(temporal);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: config.temporal.taskQueue,
    activities: createActivities(services),
    dataConverter: dataConverter(config.temporal.encryptionKeys),
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    ...versioning(config),
    ...(await observation(config)),
  });
  const client = await temporalClient(connection, config);
  const health = config.healthAddress
    ? await startHealthServer({
        address: config.healthAddress,
        say: (line) => log.warn(line),
        state: () => worker.getState(),
        trouble: async () =>
          (await troubleOfTemporal(connection, temporal)) ??
          (await troubleOfDatabase(config.database.url ?? '', READY_MS)),
      })
    : null;
  const listener = config.hints ? listenForHints(config, client, (message) => log.warn(message)) : null;
  const done = worker.run().finally(async () => {
    await listener?.close();
    await services.close();
    await connection.close();
    await flushTraces();
    await health?.stop();
  });
  return { done, stop: () => worker.shutdown() };
}

/** Temporal's own metrics and traces, and ours; traces want another bundle, with their interceptors in it. */
async function observation(config: Config): Promise<Pick<WorkerOptions, 'workflowBundle' | 'interceptors' | 'sinks'>> {
  const traces = await openTraces(config);
  const isEncrypted = config.temporal.encryptionKeys !== undefined;
  const reports = syncReports(createMetrics(Runtime.instance().metricMeter));
  return {
    workflowBundle: await workflowBundle({ isTraced: traces !== null, isEncrypted }),
    interceptors: { activity: [reports, ...(traces?.activity ?? [])] },
    ...(traces ? { sinks: traces.sinks } : {}),
  };
}

/** A cycle ends with the version of the workers that began it; hints, which may never end, say otherwise themselves. */
const versioning = ({ temporal: { deployment } }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> =>
  deployment
    ? {
        workerDeploymentOptions: {
          version: deployment,
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'PINNED',
        },
      }
    : {};

/** Temporal's configuration file may hold the key as well, which the table of variables does not know. */
const secretsOf = ({ options: { apiKey } }: TemporalConnection): readonly string[] =>
  typeof apiKey === 'string' ? [apiKey] : [];

/** Checks that the namespace exists: a worker's own error does not name TEMPORAL_NAMESPACE. */
async function connect({ address, namespace, options }: TemporalConnection): Promise<NativeConnection> {
  try {
    const connection = await NativeConnection.connect(options);
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    throw temporalRefusal(error) ?? new TemporalUnreachableError(address, { cause: error });
  }
}

/** @returns why Temporal does not answer, in one line, or null when it does */
async function troubleOfTemporal(
  connection: NativeConnection,
  { address, namespace }: TemporalConnection,
): Promise<string | null> {
  try {
    await connection.withDeadline(Date.now() + READY_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return null;
  } catch (error) {
    return (temporalRefusal(error) ?? new TemporalUnreachableError(address, { cause: error })).message;
  }
}
