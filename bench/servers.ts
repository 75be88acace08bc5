import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { startTemporal } from '../src/embedded/temporal.ts';
import { pin } from './child.ts';

/** A PostgreSQL and a Temporal server for the bench only. */
export interface Servers {
  readonly temporalAddress: string;
  /** Temporal's metrics for Prometheus. */
  readonly metricsUrl: string;
  readonly client: Client;
  readonly versions: { readonly postgres: string; readonly temporal: string };
  /** Creates an empty database. */
  newDatabase(): Promise<string>;
  pinTo(cores: string): void;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const postgres = await startPostgres({ folder });
  // With a database file, as `lockstep up` runs it: in memory each step takes about 30 ms longer.
  const metricsPort = await freePort(9_500);
  const temporal = await startTemporal({ folder, metricsPort, cliPath: process.env.TEMPORAL_CLI_PATH });
  const connection = await Connection.connect({ address: temporal.address });
  const admin = new pg.Client({ connectionString: postgres.superuserUrl });
  await admin.connect();
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version');
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return {
    temporalAddress: temporal.address,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    client: new Client({ connection }),
    versions: { postgres: rows[0]?.server_version ?? '', temporal: serverVersion },
    newDatabase: async () => {
      const name = `bench_${randomBytes(6).toString('hex')}`;
      await admin.query(`CREATE DATABASE ${name}`);
      const url = new URL(postgres.superuserUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    pinTo: (cores) => {
      for (const { pid } of [postgres, temporal]) pin(pid, cores);
    },
    stop: async () => {
      await admin.end();
      await connection.close();
      await Promise.all([postgres.stop(), temporal.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
