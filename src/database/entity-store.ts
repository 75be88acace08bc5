import type { Entity } from '../entities/define.ts';
import type {
  Change,
  Conflict,
  Content,
  LocalEntity,
  LocalRecord,
  LocalTransaction,
  LocalWrite,
  SourceState,
} from '../sync/ports.ts';
import type { Json } from '../sync/types.ts';
import { type Batch, queryOnce, readTransaction, syncTransaction } from './batches.ts';
import { asDatabaseErrors, type Database } from './client.ts';
import { type EntitySql, entitySql } from './entity-sql.ts';
import { nameOf } from './named-entities.ts';
import {
  recordFromJson,
  rowToJson,
  type StoredRecord,
  type StoredState,
  stateFromJson,
  stateToJson,
} from './row-codec.ts';

/** For a dry run: records are only read, and no row is locked. */
export interface Preview {
  /** Where the entity lives now: another data source than the last one is read from the start. */
  readonly sourceId: string;
}

/** One entity's records in PostgreSQL; every statement serves a whole batch. */
export function entityStore(database: Database, entity: Entity, cycleId: string, preview?: Preview): LocalEntity {
  const sql = entitySql(entity);
  const read = <T>(work: () => Promise<T>): Promise<T> => asDatabaseErrors(work);
  return {
    transaction: (work) =>
      preview
        ? readTransaction(database, (batch) => work(transactionOn(batch, entity, { ...sql, lock: null }, cycleId)))
        : syncTransaction(database, (batch) => work(transactionOn(batch, entity, sql, cycleId))),

    source: () =>
      read(async () => {
        const last = await database.syncSource.findUnique({ where: { entity: entity.name } });
        const found = preview && last?.data_source_id !== preview.sourceId ? null : last;
        return {
          watermark: found?.watermark ?? null,
          unsettledUntil: found?.unsettled_until ?? null,
          sweptAt: found?.swept_at ?? null,
          token: found?.sync_token ?? null,
          scan: (found?.scan as SourceState['scan'] | undefined) ?? null,
        };
      }),

    states: async (pageIds) => {
      const found = await queryOnce<{ state: StoredState }>(database, STATES, [entity.name, pageIds]);
      return found.map(({ state }) => stateFromJson(state));
    },

    outbox: (after, limit) =>
      read(async () => {
        const found = await database.syncOutbox.findMany({
          where: { entity: entity.name, seq: { gt: after } },
          orderBy: { seq: 'asc' },
          take: limit,
        });
        return found.map(({ record_id, seq }) => ({ recordId: record_id, seq }));
      }),

    unseen: () =>
      read(async () => {
        const found = await database.$queryRaw<{ record_id: string; page_id: string }[]>`
          SELECT s.record_id, s.page_id FROM sync_state s
          WHERE s.entity = ${entity.name} AND NOT s.trashed
            AND NOT EXISTS (SELECT 1 FROM sync_scan_seen n WHERE n.entity = s.entity AND n.page_id = s.page_id)`;
        return found.map(({ record_id, page_id }) => ({ recordId: record_id, pageId: page_id }));
      }),

    clearSeen: () =>
      read(async () => {
        await database.syncScanSeen.deleteMany({ where: { entity: entity.name } });
      }),

    countLive: () =>
      read(async () => (await database.$queryRawUnsafe<{ live: number }[]>(sql.countLive))[0]?.live ?? 0),

    enqueueUnlinked: () =>
      read(async () => {
        await database.$executeRawUnsafe(sql.enqueueUnlinked);
      }),

    refreshes: () =>
      read(async () => {
        const found = await database.syncRefresh.findMany({ where: { entity: entity.name } });
        return found.map((refresh) => refresh.page_id);
      }),

    clearRefresh: (pageId) =>
      read(async () => {
        await database.syncRefresh.deleteMany({ where: { entity: entity.name, page_id: pageId } });
      }),

    settleLinks: async () => {
      const waiting = await read(() => database.pendingLink.findFirst({ where: { entity: entity.name } }));
      if (!waiting) return 0;
      return syncTransaction(database, async (batch) => {
        let settled = 0;
        for (const statement of sql.settle) settled += await batch.execute(statement);
        return settled;
      });
    },

    untoldLinks: () =>
      read(async () => {
        const found = await database.$queryRaw<{ record_id: string; field: string; page_id: string }[]>`
          SELECT record_id, field, page_id FROM pending_links
          WHERE entity = ${entity.name} AND reported_at IS NULL ORDER BY record_id, field, page_id`;
        return found.map(({ record_id, field, page_id }) => ({ recordId: record_id, field, pageId: page_id }));
      }),

    toldLinks: (links) =>
      read(async () => {
        if (links.length === 0) return;
        const told = links.map(({ recordId, field, pageId }) => ({ record_id: recordId, field, page_id: pageId }));
        await database.$executeRaw`
          UPDATE pending_links p SET reported_at = now()
          FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb) AS x(record_id uuid, field text, page_id text)
          WHERE p.entity = ${entity.name} AND p.record_id = x.record_id AND p.field = x.field AND p.page_id = x.page_id`;
      }),
  };
}

type TransactionSql = Omit<EntitySql, 'lock'> & { readonly lock: string | null };

function transactionOn(batch: Batch, entity: Entity, sql: TransactionSql, cycleId: string): LocalTransaction {
  const run = async (statement: string, rows: readonly object[]): Promise<void> => {
    if (rows.length > 0) await batch.execute(statement, [JSON.stringify(rows)]);
  };
  const records = async (recordIds: readonly string[]): Promise<LocalRecord[]> => {
    if (recordIds.length === 0) return [];
    if (sql.lock !== null) await batch.query(sql.lock, [recordIds]);
    const found = await batch.query<StoredRecord>(sql.read, [recordIds]);
    return found.map((stored) => recordFromJson(entity, stored));
  };
  return {
    records,

    ofPages: async (pages) => {
      const pageIds = pages.map((page) => page.pageId);
      const keys = pages.flatMap(({ syncKey }) => (syncKey && isUuid(syncKey) ? [syncKey] : []));
      const found = await batch.query<{ record_id: string }>(sql.find, [pageIds, keys]);
      return records(found.map((row) => row.record_id));
    },

    write: async (writes) => {
      const rows = writes.flatMap(({ recordId, row }) => (row ? [rowToJson(entity, recordId, row)] : []));
      await run(sql.upsert, rows);
      for (const { field, sql: statement } of sql.links) {
        await run(
          statement,
          writes.flatMap(({ recordId, row }) => (row ? [{ id: recordId, pages: row.fields[field] ?? [] }] : [])),
        );
      }
      for (const { field, sql: statement } of sql.link) {
        await run(
          statement,
          writes.flatMap(({ recordId, row }) => (row ? [{ id: recordId, page: row.fields[field] ?? null }] : [])),
        );
      }
      await run(
        sql.setPage,
        writes.flatMap(({ recordId, page }) =>
          page ? [{ id: recordId, page_id: page.pageId, edited_at: page.pageEditedAt }] : [],
        ),
      );
      if (sql.compute) {
        await run(
          sql.compute,
          writes.flatMap(({ recordId, computed }) => (computed ? [{ id: recordId, ...computed }] : [])),
        );
      }
      await writeBookkeeping(run, entity, writes);
      await run(
        ADD_CHANGES,
        writes.flatMap(({ recordId, changes = [] }) =>
          changes.map((change) => changeToJson(entity, cycleId, recordId, change)),
        ),
      );
    },

    addConflicts: (conflicts) =>
      run(
        ADD_CONFLICTS,
        conflicts.map((conflict) => conflictToJson(entity, cycleId, conflict)),
      ),

    refresh: async (pageIds) => {
      await run(
        'INSERT INTO sync_refresh (entity, page_id) SELECT entity, page_id FROM jsonb_to_recordset($1::jsonb) AS x(entity text, page_id text) ON CONFLICT DO NOTHING',
        pageIds.map((page_id) => ({ entity: entity.name, page_id })),
      );
    },

    refreshLinkers: async (pages) => {
      for (const { field, sql: statement } of sql.refreshLinkers) {
        await run(
          statement,
          pages.flatMap(({ pageId, backLinks }) => {
            const links = backLinks[field];
            return links ? [{ page_id: pageId, linkers: links.pageIds, complete: links.complete }] : [];
          }),
        );
      }
    },

    saveSource: async (patch) => {
      const given = Object.entries(SOURCE_COLUMNS).flatMap(([key, column]) => {
        const value = patch[key as keyof SourceState]; // its keys are these
        return value === undefined
          ? []
          : [[column, column === 'scan' && value ? JSON.stringify(value) : value] as const];
      });
      const sets = given.map(([column], at) => `${column} = $${at + 2}`).join(', ');
      const values = given.map(([, value]) => value);
      await batch.execute(`UPDATE sync_sources SET ${sets} WHERE entity = $1`, [entity.name, ...values]);
    },

    openIntents: (intents, at) =>
      run(
        sql.openIntents,
        intents.map(({ recordId, sent }) => ({ record_id: recordId, started_at: at, sent })),
      ),

    markSeen: async (pageIds) => {
      await run(
        'INSERT INTO sync_scan_seen (entity, page_id) SELECT entity, page_id FROM jsonb_to_recordset($1::jsonb) AS x(entity text, page_id text) ON CONFLICT DO NOTHING',
        pageIds.map((page_id) => ({ entity: entity.name, page_id })),
      );
    },
  };
}

const SOURCE_COLUMNS: Readonly<Record<keyof SourceState, string>> = {
  watermark: 'watermark',
  unsettledUntil: 'unsettled_until',
  sweptAt: 'swept_at',
  token: 'sync_token',
  scan: 'scan',
};

const STATES = 'SELECT to_jsonb(s) AS state FROM sync_state s WHERE s.entity = $1 AND s.page_id = ANY ($2::text[])';

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

async function writeBookkeeping(
  run: (statement: string, rows: readonly object[]) => Promise<void>,
  entity: Entity,
  writes: readonly LocalWrite[],
): Promise<void> {
  const heirs = writes.flatMap(({ replaces }) => (replaces ? [{ entity: entity.name, record_id: replaces }] : []));
  await run(DROP_STATES, heirs);
  await run(DROP_OUTBOX, heirs);
  const keyed = writes.map((write) => ({ entity: entity.name, record_id: write.recordId, write }));
  await run(
    SAVE_STATES,
    keyed.flatMap(({ write }) => (write.state ? [stateToJson(entity, write.recordId, write.state)] : [])),
  );
  await run(
    CLEAR_SENT,
    keyed.flatMap(({ write, ...key }) => (write.sent === undefined ? [] : [{ ...key, seq: write.sent.toString() }])),
  );
  await run(
    ENQUEUE,
    keyed.flatMap(({ write, ...key }) => (write.enqueue ? [key] : [])),
  );
  await run(
    CLOSE_INTENTS,
    keyed.flatMap(({ write, ...key }) =>
      write.intent === 'close' ? [{ ...key, page_id: write.state?.pageId ?? null }] : [],
    ),
  );
  await run(
    DROP_INTENTS,
    keyed.flatMap(({ write, ...key }) => (write.intent === 'drop' ? [key] : [])),
  );
}

const SAVE_STATES = `INSERT INTO sync_state AS s (entity, record_id, page_id, base, archived, trashed, sending, status_before_archive, sync_key, page_created_at, page_edited_at, body_read_at)
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, page_id text, base jsonb, archived boolean, trashed boolean, sending jsonb, status_before_archive text, sync_key text, page_created_at timestamptz, page_edited_at timestamptz, body_read_at timestamptz)
  ON CONFLICT (entity, record_id) DO UPDATE SET page_id = excluded.page_id, base = excluded.base, archived = excluded.archived,
    trashed = excluded.trashed, sending = excluded.sending, status_before_archive = excluded.status_before_archive, sync_key = excluded.sync_key,
    page_created_at = excluded.page_created_at, page_edited_at = excluded.page_edited_at, body_read_at = excluded.body_read_at`;

const DROP_STATES = `DELETE FROM sync_state s USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid)
  WHERE s.entity = x.entity AND s.record_id = x.record_id`;

const DROP_OUTBOX = `DELETE FROM sync_outbox o USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid)
  WHERE o.entity = x.entity AND o.record_id = x.record_id`;

const CLEAR_SENT = `DELETE FROM sync_outbox o USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, seq bigint)
  WHERE o.entity = x.entity AND o.record_id = x.record_id AND o.seq = x.seq`;

const ENQUEUE = `INSERT INTO sync_outbox (entity, record_id)
  SELECT entity, record_id FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid) ON CONFLICT DO NOTHING`;

const CLOSE_INTENTS = `UPDATE creation_intents i SET closed_at = now(), page_id = x.page_id
  FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, page_id text)
  WHERE i.entity = x.entity AND i.record_id = x.record_id AND i.closed_at IS NULL`;

const DROP_INTENTS = `DELETE FROM creation_intents i USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid)
  WHERE i.entity = x.entity AND i.record_id = x.record_id`;

const ADD_CONFLICTS = `INSERT INTO sync_conflicts (entity, record_id, notion_page_id, cycle_id, winner, reason, base_version, notion_version, sql_version)
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, notion_page_id text, cycle_id text, winner text, reason text, base_version jsonb, notion_version jsonb, sql_version jsonb)`;

const ADD_CHANGES = `INSERT INTO sync_changes (cycle_id, entity, record_id, side, before, after)
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(cycle_id text, entity text, record_id uuid, side text, before jsonb, after jsonb)`;

const changeToJson = (entity: Entity, cycleId: string, recordId: string, change: Change): Record<string, Json> => ({
  cycle_id: cycleId,
  entity: entity.name,
  record_id: recordId,
  side: change.side,
  before: change.before && versionToJson(change.before),
  after: change.after && versionToJson(change.after),
});

const versionToJson = ({ fields, archived }: Content): Record<string, Json> => ({ ...fields, archived });

const conflictToJson = (entity: Entity, cycleId: string, conflict: Conflict): Record<string, Json> => ({
  entity: nameOf(entity),
  record_id: conflict.recordId,
  notion_page_id: conflict.pageId,
  cycle_id: cycleId,
  winner: conflict.winner,
  reason: conflict.reason,
  base_version: conflict.base && versionToJson(conflict.base),
  notion_version: versionToJson(conflict.remote),
  sql_version: versionToJson(conflict.sql),
});
