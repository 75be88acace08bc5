import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { startTemporal } from '../../src/embedded/temporal.ts';
import { migratedDatabase } from './database.ts';
import { namespaceOf } from './temporal.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server's URL. Each test creates its own database with `freshDatabase()`. */
    databaseUrl: string;
    /** A database on that server with the current schema. Creating a copy of it is faster than migrating. */
    templateDatabase: string;
    /** `host:port` of a Temporal dev server that stores nothing. Each test file has its own namespace on it. */
    temporalAddress: string;
    /** Its Web UI. */
    temporalUiUrl: string;
  }
}

/** A PostgreSQL that runs already: faster than the embedded one, and another version. */
const SYSTEM_SERVER = 'postgresql://postgres@127.0.0.1:5432/postgres';

/** Starts the servers that all tests share. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { provide } = project;
  compileOnce();
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  const temporal = await startTemporal({ folder, inMemory: true, cliPath: process.env.TEMPORAL_CLI_PATH });
  const postgres = (await isReachable(SYSTEM_SERVER)) ? null : await startPostgres({ folder });
  const { testFiles } = await project.globTestFiles();
  await registerNamespaces(temporal.address, testFiles.map(namespaceOf));
  provide('temporalAddress', temporal.address);
  provide('temporalUiUrl', temporal.uiUrl);
  const databaseUrl = postgres?.superuserUrl ?? SYSTEM_SERVER;
  const template = await migratedDatabase(databaseUrl);
  provide('databaseUrl', databaseUrl);
  provide('templateDatabase', template.name);
  return async () => {
    await template.drop();
    await Promise.all([temporal.stop(), postgres?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** The program compiles itself after an edit. Once now is faster than in every process that the tests start at the same time. */
function compileOnce(): void {
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  spawnSync(process.execPath, [program, '--help'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** They can be used at once: the server looks up a namespace that it does not know. */
async function registerNamespaces(address: string, namespaces: readonly string[]): Promise<void> {
  const connection = await Connection.connect({ address });
  const workflowExecutionRetentionPeriod = msToTs('7 days');
  for (const namespace of namespaces) {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  }
  await connection.close();
}

async function isReachable(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
