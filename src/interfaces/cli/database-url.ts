import type { Config } from '../../config.ts';
import { ConfigurationError } from '../../errors.ts';

/** @throws ConfigurationError when DATABASE_URL is not set */
export function databaseUrl({ database }: Config): string {
  if (database.url) return database.url;
  throw new ConfigurationError(
    'DATABASE_URL is not set: set the URL of your PostgreSQL (`lockstep up` starts its own)',
  );
}
