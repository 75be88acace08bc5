import type { Entity } from '../entities/define.ts';
import type { LocalEntity, SourceState } from '../sync/ports.ts';
import { readOpenApproval } from './brake-store.ts';
import { type Database, sql, transaction } from './client.ts';
import { type EntitySql, entitySql } from './entity-sql.ts';
import { entityTransaction } from './entity-transaction.ts';
import { type StoredState, stateFromJson } from './row-codec.ts';
import { type LockMode, skippingLockedRows } from './row-locks.ts';

/** For a dry run: records are only read, and no row is locked. */
export interface Preview {
  /** Where the entity is stored in Notion now. When the last sync read another data source, this one is read from the start. */
  readonly sourceId: string;
}

/** One entity's records in PostgreSQL; every statement serves a whole batch. */
export function entityStore(database: Database, entity: Entity, cycleId: string, preview?: Preview): LocalEntity {
  const statements = entitySql(entity);
  return {
    transaction: (work) => {
      const run = (as: 'readonly' | 'sync', lockMode: LockMode | null) =>
        transaction(database, { as }, (tx) => work(entityTransaction(tx, entity, { cycleId, lockMode })));
      return preview ? run('readonly', null) : skippingLockedRows((lockMode) => run('sync', lockMode));
    },
    readSource: () => readSource(database, entity, preview),
    ...recordReads(database, entity, statements),
    ...scanReads(database, entity),
    ...linkStore(database, entity, statements),
  };
}

interface StoredSource extends SourceState {
  readonly sourceId: string;
}

async function readSource(database: Database, entity: Entity, preview: Preview | undefined): Promise<SourceState> {
  const [last] = await database.query<StoredSource>(sql`
    SELECT data_source_id AS "sourceId", watermark, unsettled_until AS "unsettledUntil", swept_at AS "sweptAt",
           sync_token AS token, scan
      FROM sync_sources WHERE entity = ${entity.name}`);
  if (!last || (preview && last.sourceId !== preview.sourceId)) {
    return { watermark: null, unsettledUntil: null, sweptAt: null, token: null, scan: null };
  }
  const { sourceId: _, ...state } = last;
  return state;
}

const recordReads = (database: Database, entity: Entity, { countLive, readArchiving, enqueueUnlinked }: EntitySql) =>
  ({
    readStates: async (remoteIds) => {
      const found = await database.query<{ state: StoredState }>(sql`
      SELECT to_jsonb(s) AS state FROM sync_state s WHERE s.entity = ${entity.name} AND s.page_id = ANY (${remoteIds}::text[])`);
      return found.map(({ state }) => stateFromJson(state));
    },

    readLastEdit: async () => {
      const [found] = await database.query<{ seq: bigint | null }>(
        sql`SELECT max(seq) AS seq FROM sync_outbox WHERE entity = ${entity.name}`,
      );
      return found?.seq ?? 0n;
    },

    countEdits: async () => {
      const [found] = await database.query<{ edits: number }>(sql`
      SELECT count(*)::int AS edits FROM sync_outbox o JOIN sync_state s USING (entity, record_id)
       WHERE o.entity = ${entity.name}`);
      return found?.edits ?? 0;
    },

    readOutbox: (after, limit) =>
      database.query(sql`
      SELECT record_id AS "recordId", seq FROM sync_outbox
       WHERE entity = ${entity.name} AND seq > ${after} ORDER BY seq LIMIT ${limit}`),

    countLive: async () => {
      const [found] = await database.query<{ live: number }>(countLive);
      return found?.live ?? 0;
    },

    readArchiving: async () =>
      (await database.query<{ record_id: string }>(readArchiving)).map(({ record_id }) => record_id),

    readApproval: (direction) => readOpenApproval(database, entity.name, direction),

    enqueueUnlinked: async () => {
      await database.execute(enqueueUnlinked);
    },
  }) satisfies Partial<LocalEntity>;

const scanReads = (database: Database, entity: Entity) =>
  ({
    readUnseen: () =>
      database.query(sql`
      SELECT s.record_id AS "recordId", s.page_id AS "remoteId" FROM sync_state s
       WHERE s.entity = ${entity.name} AND NOT s.trashed
         AND NOT EXISTS (SELECT 1 FROM sync_scan_seen n WHERE n.entity = s.entity AND n.page_id = s.page_id)`),

    clearSeen: async () => {
      await database.execute(sql`DELETE FROM sync_scan_seen WHERE entity = ${entity.name}`);
    },

    readRefreshes: async () => {
      const found = await database.query<{ page_id: string }>(
        sql`SELECT page_id FROM sync_refresh WHERE entity = ${entity.name}`,
      );
      return found.map(({ page_id }) => page_id);
    },

    clearRefresh: async (remoteId) => {
      await database.execute(sql`DELETE FROM sync_refresh WHERE entity = ${entity.name} AND page_id = ${remoteId}`);
    },
  }) satisfies Partial<LocalEntity>;

const linkStore = (database: Database, entity: Entity, { resolveLinks }: EntitySql) =>
  ({
    resolveLinks: async () => {
      const waiting = await database.query(sql`SELECT FROM pending_links WHERE entity = ${entity.name} LIMIT 1`);
      if (waiting.length === 0) return 0;
      return transaction(database, { as: 'sync' }, async (tx) => {
        let resolved = 0;
        for (const statement of resolveLinks) resolved += await tx.execute(statement);
        return resolved;
      });
    },

    readUnreportedLinks: () =>
      database.query(sql`
      SELECT record_id AS "recordId", field, page_id AS "remoteId" FROM pending_links
       WHERE entity = ${entity.name} AND reported_at IS NULL ORDER BY record_id, field, page_id`),

    markLinksReported: async (links) => {
      if (links.length === 0) return;
      await database.execute(sql`
      UPDATE pending_links p SET reported_at = now()
        FROM jsonb_to_recordset(${JSON.stringify(links)}::jsonb) AS x("recordId" uuid, field text, "remoteId" text)
       WHERE p.entity = ${entity.name} AND p.record_id = x."recordId" AND p.field = x.field AND p.page_id = x."remoteId"`);
    },
  }) satisfies Partial<LocalEntity>;
