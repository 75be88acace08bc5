import { readConfig } from '../../../src/config.ts';
import { Claims } from '../../../src/database/claims.ts';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import type { ChoreContext } from '../../../src/features/chores/chore.ts';
import type { WorkerServices } from '../../../src/runtime/services.ts';
import { freshDatabase } from '../../support/database.ts';

export interface ChoreFixture {
  readonly database: DatabasePool;
  /** The context of a chore with this environment. */
  context(env: Record<string, string>): ChoreContext;
  sql<Row extends object>(statement: string, parameters?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openChoreFixture(): Promise<ChoreFixture> {
  const testDatabase = await freshDatabase();
  const database = openDatabase(testDatabase.url, 4);
  const claims = new Claims(testDatabase.url);
  return {
    database,
    context: (env) => {
      const config = readConfig({ LOCKSTEP_TIME_ZONE: 'UTC', ...env });
      // The chores under test need only these services.
      const services: Partial<WorkerServices> = { config, database, claims, notion: config.notion };
      return { ...(services as WorkerServices), signal: new AbortController().signal, progress: () => undefined };
    },
    sql: (statement, parameters) => database.query(statement, parameters),
    close: async () => {
      await claims.close();
      await database.close();
      await testDatabase.drop();
    },
  };
}
