import { randomUUID } from 'node:crypto';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/database/client.ts';
import { entityStore } from '../../src/database/entity-store.ts';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import { type Entity, joinsOf } from '../../src/entities/define.ts';
import { FinalError } from '../../src/errors.ts';
import type { RequestBudget } from '../../src/notion/budget.ts';
import { entityPages } from '../../src/notion/entity-pages.ts';
import { NotionApi } from '../../src/notion/notion-api.ts';
import { linkTriggers, triggersOn } from '../../src/operations/tables/create-table.ts';
import { SourceDirectory } from '../../src/runtime/source-directory.ts';
import { emptyTally } from '../../src/runtime/sync-context.ts';
import { BULK } from '../../src/sync/batch-look.ts';
import { syncInboundWithEdits } from '../../src/sync/inbound-with-edits.ts';
import { syncOutbound } from '../../src/sync/outbound.ts';
import type { Policy, Tally } from '../../src/sync/ports.ts';
import { type Relay, startRelay } from '../faults/support/relay.ts';
import { freshDatabase } from './database.ts';

/** The engine between PostgreSQL and the Notion emulator, without Temporal, for an entity that the test declares. */
export interface Engine {
  readonly notion: NotionEmulator;
  /** The requests to Notion. */
  readonly relay: Relay;
  sql<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** A user's own connection, for a transaction. */
  connect(): Promise<pg.PoolClient>;
  /** Inbound, then outbound, also when the archive brake stopped something; then it throws that error. */
  cycle(options?: CycleOptions): Promise<Tally>;
  close(): Promise<void>;
}

export interface CycleOptions {
  readonly sweep?: boolean;
  readonly acceptArchive?: boolean;
}

const unlimited = { take: async () => undefined, pause: async () => undefined };
const WEEK_MINUTES = 7 * 24 * 60;

/** @param ddl creates the entity's tables; this function adds their triggers */
export async function startEngine(
  entity: Entity,
  ddl: string,
  { conflicts = 'field', budget = unlimited }: Partial<Pick<Policy, 'conflicts'>> & { budget?: RequestBudget } = {},
): Promise<Engine> {
  const notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
  createEntityDatabases(notion.workspace, [entity]);
  const relay = await startRelay(notion.url);
  const server = await freshDatabase();
  const database = openDatabase(server.url, 4);
  // The driver reads times in the DateStyle ISO only.
  const user = new pg.Pool({ connectionString: server.url, max: 2, options: '-c DateStyle=ISO' });
  await user.query(ddl);
  await user.query(triggersOf(entity));
  const startedAt = new Date();

  return {
    notion,
    relay,
    sql: async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await user.query<T>(text, values)).rows,
    connect: () => user.connect(),
    cycle: async ({ sweep = false, acceptArchive = false } = {}) => {
      const api = new NotionApi({ token: notion.token, baseUrl: relay.url }, budget);
      const source = await new SourceDirectory(readConfig({}), database).refresh(api, entity);
      const { id: botId } = await api.call({ entity: entity.name, kind: 'read', what: 'us' }, (client) =>
        client.users.me({}),
      );
      const context = {
        entity,
        remote: entityPages({ api, entity, source, timeZone: 'Europe/Madrid', botId }),
        local: entityStore(database, entity, randomUUID()),
        clock: { now: () => new Date(), sleep: async () => undefined },
        newId: randomUUID,
        policy: {
          conflicts,
          sweepMinutes: WEEK_MINUTES,
          sweep,
          sweepSince: startedAt,
          readOnly: false,
          acceptArchive,
          archiveFloor: 20,
          concurrency: 2,
          bulk: BULK,
        },
        tally: emptyTally(),
        progress: () => undefined,
      };
      const stopped: FinalError[] = [];
      for (const run of [syncInboundWithEdits, syncOutbound]) {
        await run(context).catch((error: unknown) => {
          if (!(error instanceof FinalError && error.code === 'too_many_archived')) throw error;
          stopped.push(error);
        });
      }
      if (stopped[0]) throw stopped[0];
      return context.tally;
    },
    close: async () => {
      await user.end();
      await database.close();
      await relay.close();
      await notion.close();
      await server.drop();
    },
  };
}

const triggersOf = (entity: Entity): string =>
  [...triggersOn(entity), ...joinsOf(entity).flatMap((join) => linkTriggers(entity.table, join))]
    .map(({ sql }) => sql)
    .join(';\n');

/** The columns that every synced table has. */
export const COMMON_COLUMNS = `
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz`;
