import { randomUUID } from 'node:crypto';
import { readConfig } from '../../../src/config.ts';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import { requestBudget } from '../../../src/database/request-budget.ts';
import { enrich } from '../../../src/features/enrichment/enrich.ts';
import type { Enrichment } from '../../../src/features/enrichment/enrichment.ts';
import { TokenStore } from '../../../src/google/token-store.ts';
import { emptyTally } from '../../../src/runtime/sync-context.ts';
import type { Tally } from '../../../src/sync/ports.ts';
import { freshDatabase } from '../../support/database.ts';

/** The result of an enrichment run. */
export interface Run {
  readonly tally: Tally;
  readonly requests: number;
  readonly error: unknown;
}

/** A separate database, and a way to run enrichments on it as the activity does. */
export interface EnrichmentFixture {
  readonly database: DatabasePool;
  sql<Row extends object>(statement: string, ...values: unknown[]): Promise<Row[]>;
  /** @param cycleId default: a new cycle; a retry has the same one */
  run(enrichment: Enrichment, env: NodeJS.ProcessEnv, cycleId?: string): Promise<Run>;
  close(): Promise<void>;
}

export async function openEnrichmentFixture(): Promise<EnrichmentFixture> {
  const own = await freshDatabase();
  const database = openDatabase(own.url, 3);
  return {
    database,
    sql: (statement, ...values) => database.query(statement, values),
    run: async (enrichment, env, cycleId = randomUUID()) => {
      const config = readConfig(env);
      const tally = emptyTally();
      let requests = 0;
      const { clientId = '', clientSecret = '', rootUrl, tokenUrl } = config.google;
      const error = await enrich(enrichment, {
        ...{ config, database, cycleId, tally },
        google: { clientId, clientSecret, rootUrl, tokenUrl },
        grants: new TokenStore(database, config.encryptionKeys),
        budget: requestBudget(database, enrichment.pace.api, enrichment.pace.perMinute),
        signal: new AbortController().signal,
        onRequest: () => {
          requests += 1;
        },
        progress: () => undefined,
      }).then(
        () => null,
        (failure: unknown) => failure,
      );
      return { tally, requests, error };
    },
    close: async () => {
      await database.close();
      await own.drop();
    },
  };
}

export const OUTAGES = [
  ['a 500', { kind: 'answer', status: 500 }],
  ['a 503', { kind: 'answer', status: 503 }],
  ['a connection that breaks', { kind: 'drop' }],
] as const;
