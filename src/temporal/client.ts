import { Client, Connection, type ConnectionLike, NamespaceNotFoundError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from '../config.ts';
import { ConfigurationError, type LockstepError, RetryableError } from '../errors.ts';
import { flushTraces, openTraces } from '../observability/open-traces.ts';
import { currentWorkspace } from '../shared/workspace.ts';
import { dataConverter } from './payload-codec.ts';

/** The CLI reports an unreachable server after this time. */
const CONNECT_TIMEOUT = '5 seconds';

/** Nothing answers at Temporal's address; the CLI exits 75 (EX_TEMPFAIL). */
export class TemporalUnreachableError extends RetryableError {
  constructor(address: string, options?: ErrorOptions) {
    super(
      'temporal_unreachable',
      `Temporal does not answer at ${address}: start it (\`lockstep up\` starts its own), or set TEMPORAL_ADDRESS`,
      options,
    );
  }
}

type ConnectionOptions = ReturnType<typeof loadClientConnectConfig>['connectionOptions'];

export interface TemporalConnection {
  readonly address: string;
  readonly namespace: string;
  readonly options: ConnectionOptions & { readonly address: string };
}

/**
 * The connection settings from Temporal's own environment variables and configuration file, as the `temporal`
 * command reads them. The defaults are those of the dev server.
 * @see https://docs.temporal.io/develop/environment-configuration
 * @throws ConfigurationError
 */
export function temporalConnection(): TemporalConnection {
  try {
    const set = Object.entries(currentWorkspace().env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
    const address = connectionOptions.address ?? '127.0.0.1:7233';
    return { address, namespace: namespace ?? 'default', options: { ...connectionOptions, address } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`TEMPORAL_* or its configuration file cannot be read: ${reason.split('\n', 1)[0]}`);
  }
}

/** What a client needs of the configuration. */
export type ClientConfig = Pick<Config, 'traces'> & { readonly temporal: Pick<Config['temporal'], 'encryptionKeys'> };

/** Encrypts payloads as workers decrypt them, and is traced if there is a collector. */
export async function temporalClient(connection: ConnectionLike, config: ClientConfig): Promise<Client> {
  const traces = await openTraces(config);
  return new Client({
    connection,
    namespace: temporalConnection().namespace,
    dataConverter: dataConverter(config.temporal.encryptionKeys),
    ...(traces ? { interceptors: { workflow: [traces.client] } } : {}),
  });
}

export interface TemporalClient {
  readonly client: Client;
  close(): Promise<void>;
}

/** @throws TemporalUnreachableError within seconds */
export async function connectClient(config: ClientConfig): Promise<TemporalClient> {
  const connection = await connect();
  const close = async (): Promise<void> => {
    await connection.close();
    await flushTraces();
  };
  return { client: await temporalClient(connection, config), close };
}

async function connect(): Promise<Connection> {
  const { address, options } = temporalConnection();
  try {
    return await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT });
  } catch (error) {
    throw temporalRefusal(error) ?? new TemporalUnreachableError(address, { cause: error });
  }
}

/**
 * Connects for the duration of `work`.
 * @throws TemporalUnreachableError, ConfigurationError when Temporal refuses the namespace or the key
 */
export async function withClient<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const { client, close } = await connectClient(config);
  try {
    return await work(client);
  } catch (error) {
    throw temporalRefusal(error) ?? error;
  } finally {
    await close();
  }
}

/** The error that explains a connection problem to the user, or null when `error` is about something else. */
export function temporalRefusal(error: unknown): LockstepError | null {
  const { address, namespace } = temporalConnection();
  const code = grpcCode(error);
  if (error instanceof NamespaceNotFoundError || (code === Status.NOT_FOUND && /\bNamespace\b/.test(String(error)))) {
    return new ConfigurationError(`TEMPORAL_NAMESPACE: there is no namespace ${namespace} at ${address}`);
  }
  switch (code) {
    case Status.UNAVAILABLE:
    case Status.DEADLINE_EXCEEDED:
      return new TemporalUnreachableError(address, { cause: error });
    case Status.UNAUTHENTICATED:
    case Status.PERMISSION_DENIED:
      return new ConfigurationError(`TEMPORAL_API_KEY or TEMPORAL_TLS_* is not accepted at ${address}`);
    default:
      return null;
  }
}

/** Client and worker have different error classes for gRPC statuses; the code is the same. */
function grpcCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'number' ? error.code : grpcCode(error.cause);
}

/** gRPC status codes: https://grpc.io/docs/guides/status-codes/ */
const Status = {
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
