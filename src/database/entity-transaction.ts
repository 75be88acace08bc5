import { nameOf } from '../definition/named-entities.ts';
import type { Entity } from '../entities/define.ts';
import type {
  Change,
  Conflict,
  Content,
  LocalRecord,
  LocalTransaction,
  LocalWrite,
  SourceState,
} from '../sync/ports.ts';
import type { Json } from '../sync/types.ts';
import { brakeStore } from './brake-store.ts';
import type { Database } from './client.ts';
import { rowLocked } from './database-error.ts';
import { type EntitySql, entitySql } from './entity-sql.ts';
import { refreshLinkers } from './refresh-linkers.ts';
import { recordFromJson, rowToJson, type StoredRecord } from './row-codec.ts';
import { type LockMode, lockRows } from './row-locks.ts';
import { findStoredValues, SAVE_STORED_VALUES } from './stored-values.ts';
import { type RunBatch, saveSyncState } from './sync-state.ts';

export interface EntityTransactionOptions {
  readonly cycleId: string;
  /** Null: records are read without a lock. */
  readonly lockMode: LockMode | null;
}

/** One entity's records within a transaction. */
export function entityTransaction(
  tx: Database,
  entity: Entity,
  { cycleId, lockMode }: EntityTransactionOptions,
): LocalTransaction {
  const statements = entitySql(entity);
  const lockedIds = new Set<string>();
  const run: RunBatch = async (statement, lines) => {
    if (lines.length > 0) await tx.execute(statement, [JSON.stringify(lines)]);
  };
  return {
    ...recordReads(tx, entity, statements, lockMode, lockedIds),
    write: async (writes) => {
      if (writes.some(({ recordId, row, page }) => (row ?? page) && lockedIds.has(recordId))) throw rowLocked();
      await writeRows(run, entity, statements, writes);
      const stored = await findStoredValues(tx, entity, statements.read, writes);
      await saveSyncState(run, entity, writes);
      await run(SAVE_STORED_VALUES, stored);
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
    openIntents: (intents, at) =>
      run(
        statements.openIntents,
        intents.map(({ recordId, sent }) => ({ record_id: recordId, started_at: at, sent })),
      ),
    saveSource: (patch) => saveSource(tx, entity, patch),
    ...brakeStore(tx, entity),
    ...pageMarks(run, entity),
  };
}

/** @param lockedIds where the ids of locked rows are added */
function recordReads(
  tx: Database,
  entity: Entity,
  { read, find }: EntitySql,
  lockMode: LockMode | null,
  lockedIds: Set<string>,
) {
  const findById = async (recordIds: readonly string[]): Promise<LocalRecord[]> => {
    if (recordIds.length === 0) return [];
    const locked = lockMode && (await lockRows(tx, entity.table, recordIds, lockMode));
    for (const recordId of locked?.keys() ?? []) lockedIds.add(recordId);
    const found = await tx.query<StoredRecord>(read, [recordIds]);
    return found.map((stored) => {
      const lockedBy = locked?.get(stored.record_id);
      return { ...recordFromJson(entity, stored), ...(lockedBy === undefined ? {} : { lockedBy }) };
    });
  };
  return {
    findById,
    findByRemote: async (pages) => {
      const pageIds = pages.map(({ remoteId }) => remoteId);
      const keys = pages.flatMap(({ syncKey }) => (syncKey && isUuid(syncKey) ? [syncKey] : []));
      const found = await tx.query<{ record_id: string }>(find, [pageIds, keys]);
      return findById(found.map(({ record_id }) => record_id));
    },
  } satisfies Partial<LocalTransaction>;
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

async function writeRows(
  run: RunBatch,
  entity: Entity,
  { upsert, links, link, setPage, releasePages, compute }: EntitySql,
  writes: readonly LocalWrite[],
): Promise<void> {
  const rows = writes.flatMap(({ recordId, row }) => (row ? [{ recordId, row }] : []));
  await run(
    releasePages,
    writes.flatMap(({ recordId, row, page }) => {
      const remoteId = (row ?? page)?.remoteId;
      return remoteId === undefined ? [] : [{ id: recordId, page_id: remoteId }];
    }),
  );
  await run(
    upsert,
    rows.map(({ recordId, row }) => rowToJson(entity, recordId, row)),
  );
  for (const { field, sql } of links) {
    await run(
      sql,
      rows.map(({ recordId, row }) => ({ id: recordId, pages: row.fields[field] ?? [] })),
    );
  }
  for (const { field, sql } of link) {
    await run(
      sql,
      rows.map(({ recordId, row }) => ({ id: recordId, page: row.fields[field] ?? null })),
    );
  }
  await run(
    setPage,
    writes.flatMap(({ recordId, page }) =>
      page ? [{ id: recordId, page_id: page.remoteId, edited_at: page.remoteEditedAt }] : [],
    ),
  );
  if (compute === null) return;
  await run(
    compute,
    writes.flatMap(({ recordId, computed }) => (computed ? [{ id: recordId, ...computed }] : [])),
  );
}

const pageMarks = (run: RunBatch, entity: Entity) => {
  const keyed = (remoteIds: readonly string[]) => remoteIds.map((page_id) => ({ entity: entity.name, page_id }));
  return {
    refresh: (remoteIds) => run(ADD_REFRESHES, keyed(remoteIds)),
    markSeen: (remoteIds) => run(ADD_SEEN, keyed(remoteIds)),
    refreshLinkers: async (pages) => {
      for (const { field, sql } of refreshLinkers(entity)) {
        await run(
          sql,
          pages.flatMap(({ remoteId, backLinks }) => {
            const links = backLinks[field];
            return links ? [{ page_id: remoteId, linkers: links.remoteIds, complete: links.complete }] : [];
          }),
        );
      }
    },
  } satisfies Partial<LocalTransaction>;
};

async function saveSource(tx: Database, entity: Entity, patch: Partial<SourceState>): Promise<void> {
  const changed = Object.entries(SOURCE_COLUMNS).flatMap(([key, column]) => {
    const value = patch[key as keyof SourceState]; // its keys are these
    return value === undefined ? [] : [[column, column === 'scan' && value ? JSON.stringify(value) : value] as const];
  });
  const sets = changed.map(([column], at) => `${column} = $${at + 2}`).join(', ');
  await tx.execute(`UPDATE sync_sources SET ${sets} WHERE entity = $1`, [
    entity.name,
    ...changed.map(([, value]) => value),
  ]);
}

const SOURCE_COLUMNS: Readonly<Record<keyof SourceState, string>> = {
  watermark: 'watermark',
  unsettledUntil: 'unsettled_until',
  sweptAt: 'swept_at',
  token: 'sync_token',
  scan: 'scan',
};

const ADD_REFRESHES = `INSERT INTO sync_refresh (entity, page_id)
  SELECT entity, page_id FROM jsonb_to_recordset($1::jsonb) AS x(entity text, page_id text) ON CONFLICT DO NOTHING`;

const ADD_SEEN = `INSERT INTO sync_scan_seen (entity, page_id)
  SELECT entity, page_id FROM jsonb_to_recordset($1::jsonb) AS x(entity text, page_id text) ON CONFLICT DO NOTHING`;

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

const conflictToJson = (entity: Entity, cycleId: string, conflict: Conflict): Record<string, Json> => ({
  entity: nameOf(entity),
  record_id: conflict.recordId,
  notion_page_id: conflict.remoteId,
  cycle_id: cycleId,
  winner: conflict.winner,
  reason: conflict.reason,
  base_version: conflict.base && versionToJson(conflict.base),
  notion_version: versionToJson(conflict.remote),
  sql_version: versionToJson(conflict.sql),
});

const versionToJson = ({ fields, archived }: Content): Record<string, Json> => ({ ...fields, archived });
