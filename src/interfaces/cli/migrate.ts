import { readConfig } from '../../config.ts';
import { migrate } from '../../database/migrate.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';

export async function migrateCommand(): Promise<number> {
  const applied = await migrate(databaseUrl(readConfig()));
  console.log(describeMigrations(applied));
  return exitCodes.ok;
}

export const describeMigrations = (applied: readonly string[]): string =>
  applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`;
