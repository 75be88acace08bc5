import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  drop(): Promise<void>;
}

/** Creates an empty database. @param serverUrl default: the tests' shared server */
export const emptyDatabase = (serverUrl: string = inject('databaseUrl')): Promise<TestDatabase> =>
  createDatabase(serverUrl, 'template1');

/** Creates a database with the current schema. */
export async function freshDatabase(serverUrl?: string): Promise<TestDatabase> {
  const shared = inject('databaseUrl');
  if (serverUrl === undefined || serverUrl === shared) return createDatabase(shared, inject('templateDatabase'));
  return migratedDatabase(serverUrl);
}

/** Creates a database and migrates it. */
export async function migratedDatabase(serverUrl: string): Promise<TestDatabase> {
  const database = await createDatabase(serverUrl, 'template1');
  await migrate(database.url);
  return database;
}

async function createDatabase(serverUrl: string, template: string): Promise<TestDatabase> {
  const server = new URL(serverUrl);
  const name = `lockstep_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, name, drop: () => dropDatabase(server, name) };
}

const MAX_CLOSING_MS = 5_000;

/** A pool that was ended still closes its connections: cut off at that moment, they report an error. */
async function dropDatabase(server: URL, name: string): Promise<void> {
  await asAdmin(
    server,
    `DO $$ BEGIN
       FOR attempt IN 1..${MAX_CLOSING_MS / 50} LOOP
         EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '${name}');
         PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();
       END LOOP;
     END $$`,
  );
  await asAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
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
