import type { Config } from '../../config.ts';
import { ConfigurationError } from '../../errors.ts';

/** @throws ConfigurationError when no database is given */
export function databaseUrl({ database }: Config): string {
  if (database.url) return database.url;
  throw new ConfigurationError('DATABASE_URL is not set: give the URL of a PostgreSQL (`lockstep up` brings its own)');
}
