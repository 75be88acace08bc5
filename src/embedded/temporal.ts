import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { endLeftover, readPid, type ServerProcess, startServer } from './child.ts';
import { startOnFreePorts } from './ports.ts';
import { temporalBinary } from './temporal-binary.ts';

/**
 * By default, a server polls the queues of a shard at most 20 times a second, and the development server has one
 * shard: each step of a workflow would wait 50 ms.
 */
const POLL_RATES = ['transfer', 'timer'].map((queue) => `history.${queue}ProcessorMaxPollRPS=1000`);

const PREFERRED_PORT = 7233;
const PREFERRED_UI_PORT = 8233;

export interface EmbeddedTemporalOptions {
  /** Contains the log, and the state unless `inMemory`. */
  readonly folder: string;
  /** Used if it is free. */
  readonly port?: number;
  readonly namespace?: string;
  readonly cliPath?: string | undefined;
  /** Serves the server's metrics here, among them its count of Temporal Cloud's billable actions. */
  readonly metricsPort?: number;
  /** Keeps no state after it stops. */
  readonly inMemory?: boolean;
  /** Receives the progress of a download or a build. */
  readonly say?: (line: string) => void;
}

export interface EmbeddedTemporal extends ServerProcess {
  /** `host:port`. */
  readonly address: string;
  readonly uiUrl: string;
}

/**
 * Starts Temporal's development server with its Web UI on the loopback address. A server that an earlier process left
 * running on the folder is ended first.
 * @throws ConfigurationError, FinalError
 */
export async function startTemporal(options: EmbeddedTemporalOptions): Promise<EmbeddedTemporal> {
  const { folder, port = PREFERRED_PORT, cliPath, say = () => {} } = options;
  const command = await temporalBinary(cliPath, say);
  mkdirSync(folder, { recursive: true });
  await endLeftoverTemporal(folder);
  return startOnFreePorts([port, PREFERRED_UI_PORT], (...ports) => startOn(ports, command, options));
}

async function startOn(
  [port, uiPort]: readonly [number, number],
  command: string,
  { folder, namespace = 'default', inMemory = false, metricsPort }: EmbeddedTemporalOptions,
): Promise<EmbeddedTemporal> {
  const address = `127.0.0.1:${port}`;
  const server = await startServer(
    {
      name: 'Temporal',
      command,
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
        ...['--namespace', namespace, '--log-level', 'warn'],
        ...(metricsPort === undefined ? [] : ['--metrics-port', String(metricsPort)]),
        ...POLL_RATES.flatMap((value) => ['--dynamic-config-value', value]),
        ...(inMemory ? [] : ['--db-filename', databaseFile(folder)]),
      ],
      logFile: join(folder, 'temporal.log'),
      pidFile: pidFile(folder),
      stopSignal: 'SIGTERM',
    },
    () => hasNamespace(address, namespace),
  );
  return { ...server, address, uiUrl: `http://127.0.0.1:${uiPort}` };
}

/** The server keeps running after a kill -9 of this process. */
export const endLeftoverTemporal = (folder: string): Promise<void> =>
  endLeftover(readPid(pidFile(folder)), databaseFile(folder), 'SIGTERM');

const databaseFile = (folder: string): string => join(folder, 'temporal.db');
const pidFile = (folder: string): string => join(folder, 'temporal.pid');

/** The server listens before its namespace exists. */
async function hasNamespace(address: string, namespace: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1 second' });
    try {
      await connection.workflowService.describeNamespace({ namespace });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
