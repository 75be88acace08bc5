import { readConfig } from '../../config.ts';
import { type DatabasePool, openDatabase } from '../../database/client.ts';
import { migrate, pendingMigrations } from '../../database/migrate.ts';
import { definitionHash, entities, migrationsFolder } from '../../definition/index.ts';
import { ConfigurationError } from '../../errors.ts';
import {
  migrateTables,
  type OwnTables,
  previewFirstTables,
  previewTables,
} from '../../operations/tables/migrate-tables.ts';
import { databaseUrl } from './database-url.ts';
import { describeMigration, type MigrationPreview } from './describe-migration.ts';
import { exitCodes } from './exit.ts';

export interface MigrateOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function migrateCommand({ dryRun = false, json = false }: MigrateOptions): Promise<number> {
  if (json && !dryRun) throw new ConfigurationError('--json prints a dry run: use it with --dry-run');
  const url = databaseUrl(readConfig());
  if (dryRun) {
    const preview = await previewMigration(url);
    console.log(json ? JSON.stringify(preview, null, 2) : describeMigration(preview));
  } else {
    await prepareDatabase(url, (line) => console.log(line));
  }
  return exitCodes.ok;
}

const own = (): OwnTables => ({ entities: entities(), folder: migrationsFolder(), hash: definitionHash() });

/** Brings a database to this version and this definition, and says what was done. @throws as `migrate`, `migrateTables` */
export async function prepareDatabase(url: string, say: (line: string) => void): Promise<void> {
  say(describeMigrations(await migrate(url)));
  await withOne(url, async (database) => {
    const { applied, written } = await migrateTables(database, own());
    if (written) say(`-- migrations/${written.file}\n${written.sql}`);
    if (applied.length > 0) say(`Applied ${applied.map((file) => `migrations/${file}`).join(', ')}.`);
  });
}

/** What `prepareDatabase` would do. Writes nothing. @throws as `pendingMigrations`, `previewTables` */
async function previewMigration(url: string): Promise<MigrationPreview> {
  const lockstep = await pendingMigrations(url);
  const preview = lockstep.length > 0 ? previewFirstTables : previewTables;
  return { lockstep, ...(await withOne(url, (database) => preview(database, own()))) };
}

async function withOne<T>(url: string, work: (database: DatabasePool) => Promise<T>): Promise<T> {
  const database = openDatabase(url, 1);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const describeMigrations = (applied: readonly string[]): string =>
  applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`;
