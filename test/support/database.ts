import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Creates an empty database. @param serverUrl default: the tests' shared server */
export async function emptyDatabase(serverUrl: string = inject('databaseUrl')): Promise<TestDatabase> {
  const server = new URL(serverUrl);
  const name = `lockstep_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Creates a database with the current schema. */
export async function freshDatabase(serverUrl?: string): Promise<TestDatabase> {
  const database = await emptyDatabase(serverUrl);
  await migrate(database.url);
  return database;
}

async function asAdmin(server: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
