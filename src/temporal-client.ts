import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigurationError, RetryableError } from './errors.ts';

/** The CLI says so after this long, rather than hang. */
const CONNECT_TIMEOUT = '5 seconds';

/** Nothing answers at Temporal's address; the CLI exits 75 (EX_TEMPFAIL). */
export class TemporalUnreachableError extends RetryableError {
  constructor(address: string, options?: ErrorOptions) {
    super(
      'temporal_unreachable',
      `Temporal does not answer at ${address}: start it (\`lockstep up\` brings its own), or set TEMPORAL_ADDRESS`,
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
 * Where Temporal is: its own environment variables and configuration file, as
 * the `temporal` command reads them, else the dev server's defaults.
 * @see https://docs.temporal.io/develop/environment-configuration
 * @throws ConfigurationError
 */
export function temporalConnection(): TemporalConnection {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig();
    const address = connectionOptions.address ?? '127.0.0.1:7233';
    return { address, namespace: namespace ?? 'default', options: { ...connectionOptions, address } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`TEMPORAL_* or its configuration file cannot be read: ${reason.split('\n', 1)[0]}`);
  }
}

export interface TemporalClient {
  readonly client: Client;
  close(): Promise<void>;
}

/**
 * A client for one command.
 * @throws TemporalUnreachableError within seconds
 */
export async function connectClient(): Promise<TemporalClient> {
  const { address, namespace, options } = temporalConnection();
  const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT }).catch(
    (error: unknown) => {
      throw new TemporalUnreachableError(address, { cause: error });
    },
  );
  return { client: new Client({ connection, namespace }), close: () => connection.close() };
}
