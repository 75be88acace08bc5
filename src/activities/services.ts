import type { Config } from '../config.ts';
import { Claims } from '../database/claims.ts';
import { type Database, openDatabase } from '../database/client.ts';
import { requestBudget } from '../database/request-budget.ts';
import { ConfigurationError } from '../errors.ts';
import type { NotionConnection } from '../notion/api.ts';
import type { RequestBudget } from '../notion/budget.ts';
import { SourceDirectory } from './source-directory.ts';

/** What one worker process holds for its activities. */
export interface WorkerServices {
  readonly config: Config;
  readonly database: Database;
  readonly claims: Claims;
  readonly budget: RequestBudget;
  readonly notion: NotionConnection;
  readonly sources: SourceDirectory;
  /** Entities that were not swept since are due for it. */
  readonly startedAt: Date;
  close(): Promise<void>;
}

/**
 * Opens nothing yet: a worker starts whether Notion and PostgreSQL are there or not.
 * @throws ConfigurationError when the token or the database is not given
 */
export function openServices(config: Config): WorkerServices {
  const { url, poolSize } = config.database;
  if (!url) {
    throw new ConfigurationError('DATABASE_URL is not set: a worker needs a PostgreSQL (`lockstep up` brings its own)');
  }
  if (!config.notion.token) {
    throw new ConfigurationError(
      "NOTION_TOKEN is not set: a worker needs an integration's token (`lockstep up` runs without one)",
    );
  }
  const database = openDatabase(url, poolSize);
  const claims = new Claims(url);
  return {
    config,
    database,
    claims,
    budget: requestBudget(database, 'notion', config.notion.requestsPerMinute),
    notion: { token: config.notion.token, baseUrl: config.notion.baseUrl },
    sources: new SourceDirectory(config, database),
    startedAt: new Date(),
    close: async () => {
      await claims.close();
      await database.$disconnect();
    },
  };
}
