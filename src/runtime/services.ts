import type { Config } from '../config.ts';
import { Claims } from '../database/claims.ts';
import { type DatabasePool, openDatabase } from '../database/client.ts';
import type { PoolWait } from '../database/pool.ts';
import { requestBudget } from '../database/request-budget.ts';
import type { Seat } from '../database/seat.ts';
import { ConfigurationError } from '../errors.ts';
import type { GoogleConnection } from '../google/oauth-client.ts';
import { TokenStore } from '../google/token-store.ts';
import type { RequestBudget } from '../notion/budget.ts';
import type { NotionConnection } from '../notion/notion-api.ts';
import { SourceDirectory } from './source-directory.ts';

/** What the activities of one worker share. */
export interface WorkerServices {
  readonly config: Config;
  readonly database: DatabasePool;
  readonly claims: Claims;
  readonly budget: RequestBudget;
  readonly notion: NotionConnection;
  readonly sources: SourceDirectory;
  readonly google: GoogleConnection;
  readonly grants: TokenStore;
  /** An entity that was not swept since then is due for a sweep. */
  readonly startedAt: Date;
  close(): Promise<void>;
}

/**
 * Opens no connection: a worker starts even when Notion or PostgreSQL is down.
 * @param onPoolWait called repeatedly while work waits for a PostgreSQL connection
 * @param seat where several workspaces share the connections of a server
 * @throws ConfigurationError without `DATABASE_URL`
 */
export function openServices(config: Config, onPoolWait: (wait: PoolWait) => void, seat?: Seat): WorkerServices {
  const { url, poolSize } = config.database;
  if (!url) {
    throw new ConfigurationError(
      'DATABASE_URL is not set: set it to a PostgreSQL database, or run `lockstep up`, which brings its own',
    );
  }
  const database = openDatabase(url, poolSize, onPoolWait, seat);
  const claims = new Claims(url, {}, seat);
  const { google } = config;
  return {
    config,
    database,
    claims,
    budget: requestBudget(database, 'notion', config.notion.requestsPerMinute),
    notion: { token: config.notion.token, baseUrl: config.notion.baseUrl },
    sources: new SourceDirectory(config, database),
    google: {
      clientId: google.clientId ?? '',
      clientSecret: google.clientSecret ?? '',
      rootUrl: google.rootUrl,
      tokenUrl: google.tokenUrl,
    },
    grants: new TokenStore(database, config.encryptionKeys),
    startedAt: new Date(),
    close: async () => {
      await claims.close();
      await database.close();
    },
  };
}
