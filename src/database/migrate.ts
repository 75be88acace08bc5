import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MigrationList, SchemaFilter } from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { Pool } from 'pg';
import { FinalError, LockstepError } from '../errors.ts';
import { Connection } from './connection.ts';
import { databaseError } from './database-error.ts';
import { withSchemaEngine } from './schema-engine.ts';

const prismaFolder = fileURLToPath(new URL('../../prisma', import.meta.url));
const everything: SchemaFilter = { externalTables: [], externalEnums: [] };

/** How long a migration waits for one that is running. */
const LOCK_WAIT = '2min';

/**
 * Brings a database to the current schema, with Prisma's own bookkeeping. Safe
 * to run repeatedly and concurrently. A migration is applied completely or not at all:
 * one that failed, or whose process was killed, is tried again.
 * @returns the names of the migrations that it applied
 * @throws RetryableError `database_unavailable`; FinalError `migration_failed`
 */
export async function migrate(url: string, migrations?: string): Promise<readonly string[]> {
  const migrationsList = await readMigrations(migrations);
  return withSchemaEngine(
    url,
    async (engine) => {
      const history = { migrationsList, optInToShadowDatabase: false, filters: everything };
      const { failedMigrationNames } = await engine.diagnoseMigrationHistory(history);
      for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: everything });
      return appliedMigrationNames;
    },
    { onConnect: lockMigrations, runScript: (session, script) => applyAtomically(session, script, migrationsList) },
  ).catch((error: unknown) => {
    if (error instanceof LockstepError) throw error;
    throw new FinalError('migration_failed', `the migrations cannot be applied: ${oneLine(error)}`, { cause: error });
  });
}

/** The migrations that a database lacks, in their order; writes nothing. @throws RetryableError */
export async function pendingMigrations(url: string, migrations?: string): Promise<readonly string[]> {
  const { migrationDirectories } = await readMigrations(migrations);
  const client = new Connection({ connectionString: url });
  try {
    await client.connect();
    const { rows: found } = await client.query<{ there: boolean }>(
      "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there",
    );
    const { rows } = found[0]?.there
      ? await client.query<{ name: string }>(
          'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
        )
      : { rows: [] };
    const applied = new Set(rows.map(({ name }) => name));
    return migrationDirectories.map(({ path }) => path).filter((name) => !applied.has(name));
  } catch (error) {
    throw databaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * How the database differs from schema.prisma, as SQL that would make it agree;
 * empty when it does. Triggers, views and functions live in the migrations alone.
 */
export async function drift(url: string, path = join(prismaFolder, 'schema.prisma')): Promise<string> {
  const files = [{ path, content: await readFile(path, 'utf8') }];
  const { exitCode, stdout } = await withSchemaEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: dirname(path) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: everything,
    }),
  );
  return exitCode === 0 ? '' : (stdout ?? '');
}

/**
 * Takes the lock that Prisma's engine takes as well, but waits longer for it: a
 * second process then finds every migration applied.
 * @see https://pris.ly/d/migrate-advisory-locking
 */
async function lockMigrations(session: Pool): Promise<void> {
  try {
    await session.query(`SET lock_timeout = '${LOCK_WAIT}'`);
    await session.query('SELECT pg_advisory_lock(72707369)');
    await session.query('RESET lock_timeout');
  } catch (error) {
    throw databaseError(error);
  }
}

/**
 * PostgreSQL runs a string of statements as one transaction. It also records that
 * the migration is finished, so that a crash cannot leave it applied but unrecorded.
 */
async function applyAtomically(session: Pool, script: string, { migrationDirectories }: MigrationList): Promise<void> {
  try {
    await session.query(
      `${script}\n;UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL`,
    );
  } catch (error) {
    const name = migrationDirectories.find(({ migrationFile: { content } }) => content.value === script)?.path;
    throw new FinalError('migration_failed', `migration ${name} failed and changed nothing: ${oneLine(error)}`, {
      cause: error,
    });
  }
}

/** The migrations of the product, or those in another folder. */
export async function readMigrations(baseDir = join(prismaFolder, 'migrations')): Promise<MigrationList> {
  const folders = await readdir(baseDir, { withFileTypes: true });
  const names = folders.flatMap((folder) => (folder.isDirectory() ? [folder.name] : [])).sort();
  const migrationDirectories = await Promise.all(
    names.map(async (path) => {
      const value = await readFile(join(baseDir, path, 'migration.sql'), 'utf8');
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
    }),
  );
  const lockfile = {
    path: 'migration_lock.toml',
    content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
  };
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories };
}

/** Network errors of a host with several addresses have a code but no message. */
function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = error.message || ('code' in error ? String(error.code) : error.name);
  return said.split('\n', 1)[0] ?? said;
}
