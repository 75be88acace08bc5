import { readConfig } from '../../../src/config.ts';
import { Claims } from '../../../src/database/claims.ts';
import { type Database, openDatabase } from '../../../src/database/client.ts';
import type { ChoreContext } from '../../../src/features/chores/chore.ts';
import type { WorkerServices } from '../../../src/runtime/services.ts';
import { freshDatabase } from '../../support/database.ts';

export interface ChoreWorld {
  readonly database: Database;
  /** What a chore is given where the environment says this. */
  context(env: Record<string, string>): ChoreContext;
  sql<Row extends object>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openChoreWorld(): Promise<ChoreWorld> {
  const testDatabase = await freshDatabase();
  const database = openDatabase(testDatabase.url, 4);
  const claims = new Claims(testDatabase.url);
  return {
    database,
    context: (env) => {
      const config = readConfig({ LOCKSTEP_TIME_ZONE: 'UTC', ...env });
      // Of the services, these chores need these.
      const services: Partial<WorkerServices> = { config, database, claims, notion: config.notion };
      return { ...(services as WorkerServices), signal: new AbortController().signal, progress: () => undefined };
    },
    sql: async <Row extends object>(statement: string, parameters: readonly unknown[] = []) =>
      (await database.pool.query<Row>(statement, [...parameters])).rows,
    close: async () => {
      await claims.close();
      await database.$disconnect();
      await testDatabase.drop();
    },
  };
}
