import {
  type ActivityInterceptorsFactory,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import type { Config } from './config.ts';
import { findConnectionProblem } from './database/connection-problem.ts';
import type { Seat } from './database/seat.ts';
import { startHints } from './features/hints/start-hints.ts';
import { startHealthServer } from './observability/health-server.ts';
import { hideFromLogs } from './observability/log.ts';
import { createMetrics, workspaceTag } from './observability/metrics.ts';
import { flushTraces, openTraces } from './observability/open-traces.ts';
import { installRuntime } from './observability/runtime.ts';
import { syncReports } from './observability/sync-reports.ts';
import { openServices } from './runtime/services.ts';
import { currentWorkspace, inWorkspace } from './shared/workspace.ts';
import {
  type TemporalConnection,
  TemporalUnreachableError,
  temporalClient,
  temporalConnection,
  temporalRefusal,
} from './temporal/client.ts';
import { dataConverter } from './temporal/payload-codec.ts';
import { SharedThreadWorker } from './temporal/shared-thread-worker.ts';
import { workflowBundle } from './temporal/workflow-bundle.ts';

/** How long activities may take to end when the worker stops. */
const SHUTDOWN_GRACE = '20 seconds';
const SHUTDOWN_FORCE = '28 seconds';
const READY_MS = 3_000;
/** A cycle has few workflows; those of other workspaces are cached as well. */
const MAX_CACHED_OF_SEVERAL = 20;

/**
 * The server still gives tasks to the open polls of a worker that was suspended, and each of them is lost until it times
 * out. With the default of ten polls, a suspended worker delayed a cycle by 80 seconds. The SDK ignores
 * `maxConcurrentActivityTaskPolls`.
 */
const FEW_POLLS: Pick<WorkerOptions, 'activityTaskPollerBehavior' | 'workflowTaskPollerBehavior'> = {
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
};

export interface RunningWorker {
  /** Resolves when the worker has drained; rejects when it fails. */
  readonly done: Promise<void>;
  /** Stops taking work; running activities end, or are retried by another worker. */
  stop(): void;
}

/** The worker of one workspace. */
export interface WorkspaceWorker extends RunningWorker {
  /** As Temporal's SDK calls it, such as `RUNNING`. */
  state(): string;
  /** Why no work can be done now, in one line; null when it can. */
  trouble(): Promise<string | null>;
}

/**
 * Starts the worker of a process with one workspace. It needs Temporal to start, but neither Notion nor PostgreSQL:
 * without them, only their syncs fail.
 * @throws ConfigurationError, TemporalUnreachableError
 */
export async function startWorker(config: Config): Promise<RunningWorker> {
  installRuntime(config);
  const worker = await openWorker(config);
  const health = config.healthAddress
    ? await startHealthServer({
        address: config.healthAddress,
        say: (line) => Runtime.instance().logger.warn(line),
        state: worker.state,
        trouble: worker.trouble,
      })
    : null;
  return { ...worker, done: worker.done.finally(() => health?.stop()) };
}

/**
 * Starts the worker of the current workspace, after `installRuntime`.
 * @param seat for one of several workspaces: what they share
 * @throws ConfigurationError, TemporalUnreachableError
 */
export async function openWorker(config: Config, seat?: Seat): Promise<WorkspaceWorker> {
  const temporal = temporalConnection();
  const workspace = currentWorkspace();
  hideFromLogs([...config.secrets, ...secretsOf(temporal)]);
  const of = workspaceTag();
  const warn = (line: string): void => Runtime.instance().logger.warn(line, of);
  const services = openServices(
    config,
    ({ waiting, size }) =>
      warn(`${waiting} queries are waiting: all ${size} connections to PostgreSQL are busy (DATABASE_POOL_SIZE)`),
    seat,
  );
  const connection = await connect(temporal);
  const close = async (): Promise<void> => {
    await services.close();
    await connection.close();
    await flushTraces();
  };
  try {
    const client = await temporalClient(connection, config);
    const worker = await createWorker(config, {
      connection,
      namespace: temporal.namespace,
      activities: createActivities(services),
      ...(seat ? { maxCachedWorkflows: MAX_CACHED_OF_SEVERAL } : {}),
    });
    const info = (line: string): void => Runtime.instance().logger.info(line, of);
    const hints = config.hints ? startHints(services, client, { info, warn }) : null;
    const done = worker.run().finally(async () => {
      await hints?.close();
      await close();
    });
    return {
      done,
      stop: () => {
        // A poll in progress ends while activities do.
        void hints?.close();
        worker.shutdown();
      },
      state: () => worker.getState(),
      trouble: () =>
        inWorkspace(
          workspace,
          async () =>
            (await troubleOfTemporal(connection, temporal)) ??
            (await findConnectionProblem(config.database.url ?? '', READY_MS)),
        ),
    };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

type Place = Pick<WorkerOptions, 'connection' | 'namespace' | 'activities' | 'maxCachedWorkflows'>;

async function createWorker(config: Config, place: Place): Promise<Worker> {
  const isOneOfSeveral = currentWorkspace().name !== null;
  return (isOneOfSeveral ? SharedThreadWorker : Worker).create({
    ...place,
    taskQueue: config.temporal.taskQueue,
    dataConverter: dataConverter(config.temporal.encryptionKeys),
    // A fault in workflow code fails its workflow: the task would otherwise be retried without end. A history that does
    // not replay is left open, because the right version of the code can finish it.
    workflowFailureErrorTypes: { '*': ['TypeError', 'RangeError', 'ReferenceError', 'ValueError'] },
    ...FEW_POLLS,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    ...versioning(config),
    ...(await observation(config)),
  });
}

/** Metrics and traces of Temporal and of Lockstep. Traces need a bundle with their interceptors. */
async function observation(config: Config): Promise<Pick<WorkerOptions, 'workflowBundle' | 'interceptors' | 'sinks'>> {
  const traces = await openTraces(config);
  const isEncrypted = config.temporal.encryptionKeys !== undefined;
  const reports = syncReports(createMetrics(Runtime.instance().metricMeter));
  return {
    workflowBundle: await workflowBundle({ isTraced: traces !== null, isEncrypted }),
    interceptors: { activity: [inThisWorkspace(), reports, ...(traces?.activity ?? [])] },
    ...(traces ? { sinks: traces.sinks } : {}),
  };
}

/** Each activity runs in the workspace of its worker. */
function inThisWorkspace(): ActivityInterceptorsFactory {
  const workspace = currentWorkspace();
  return () => ({ inbound: { execute: (input, next) => inWorkspace(workspace, () => next(input)) } });
}

/** A cycle ends on the worker version that started it. Hint workflows, which may never end, override this. */
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
