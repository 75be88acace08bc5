import { readConfig } from '../../config.ts';
import { type Database, openDatabase } from '../../database/client.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';

/** Runs a command that needs only PostgreSQL. @returns its exit code */
export async function withDatabase(work: (database: Database) => Promise<void>): Promise<number> {
  const database = openDatabase(databaseUrl(readConfig()), 1);
  try {
    await work(database);
    return exitCodes.ok;
  } finally {
    await database.close();
  }
}
