import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';
import type { TestDatabase } from './database.ts';
import { dropDatabase } from './drop-database.ts';

/** What the owner of a database may have set for it. Settings do not come along with a template. */
const settingsFor = (name: string): string => `
  ALTER DATABASE ${name} SET search_path TO app, public;
  ALTER DATABASE ${name} SET TimeZone TO 'Asia/Kolkata';
  ALTER DATABASE ${name} SET DateStyle TO SQL, DMY;
  ALTER DATABASE ${name} SET IntervalStyle TO iso_8601;
  ALTER DATABASE ${name} SET standard_conforming_strings TO off;
  ALTER DATABASE ${name} SET extra_float_digits TO '-10';
  ALTER DATABASE ${name} SET default_transaction_isolation TO 'repeatable read'`;

let template: Promise<string> | undefined;

/** The owner's database has its own settings, and a schema of its own. */
export async function hostileDatabase(): Promise<TestDatabase> {
  template ??= createTemplate();
  return createDatabase(await template);
}

export async function dropTemplate(): Promise<void> {
  if (template) await drop(await template);
  template = undefined;
}

async function createTemplate(): Promise<string> {
  const { url, name } = await createDatabase('template1');
  await run(url, 'CREATE SCHEMA app');
  await migrate(url);
  return name;
}

async function createDatabase(from: string): Promise<TestDatabase> {
  const name = `lockstep_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('databaseUrl'));
  await run(url.href, `CREATE DATABASE ${name} TEMPLATE ${from}`);
  await run(url.href, settingsFor(name));
  url.pathname = `/${name}`;
  return { url: url.href, name, drop: () => drop(name) };
}

const drop = (name: string): Promise<void> => dropDatabase(new URL(inject('databaseUrl')), name);

async function run(url: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}
