import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';
import { asAdmin, dropDatabase } from './drop-database.ts';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  drop(): Promise<void>;
}

/** Creates an empty database. @param serverUrl default: the tests' shared server */
export const emptyDatabase = (serverUrl: string = inject('databaseUrl')): Promise<TestDatabase> =>
  createDatabase(serverUrl, 'template1');

type CreateDatabase = (serverUrl?: string) => Promise<TestDatabase>;
let createFresh: CreateDatabase = copyOfTemplate;

/** Creates a database with the current schema. */
export const freshDatabase: CreateDatabase = (serverUrl) => createFresh(serverUrl);

/** Makes `freshDatabase` create other ones. @returns undoes it */
export function changeFreshDatabases(create: CreateDatabase): () => void {
  createFresh = create;
  return () => {
    createFresh = copyOfTemplate;
  };
}

async function copyOfTemplate(serverUrl?: string): Promise<TestDatabase> {
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
