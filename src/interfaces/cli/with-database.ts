import { readConfig } from '../../config.ts';
import { type Database, openDatabase } from '../../database/client.ts';
import { checkDefinition } from '../../database/definition-hash.ts';
import { RetryableError } from '../../errors.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';

/** Runs a command that needs only PostgreSQL. @returns its exit code */
export async function withDatabase(work: (database: Database) => Promise<void>): Promise<number> {
  const database = openDatabase(databaseUrl(readConfig()), 1);
  try {
    await checkDefinition(database);
    await work(database);
    return exitCodes.ok;
  } finally {
    await database.close();
  }
}

/**
 * As `checkDefinition`, for a server that also starts while PostgreSQL is not there.
 * @throws FinalError `other_definition`
 */
export async function requireDefinition(database: Database): Promise<void> {
  await checkDefinition(database).catch((error: unknown) => {
    if (!(error instanceof RetryableError)) throw error;
  });
}
