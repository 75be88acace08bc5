import { syncs } from '../../cycle/sync-names.ts';
import { type Database, sql } from '../../database/client.ts';
import { type ConsistencyCheck, readLatestConsistencyChecks } from '../../database/consistency-check.ts';
import type { Run } from '../../database/run-history.ts';
import { commonName } from '../../definition/named-entities.ts';
import { type Approval, listApprovals } from '../history/approvals.ts';

/** The last run of a sync. */
export interface LastRun {
  readonly status: Run['status'];
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly conflicts: number;
  readonly requests: number;
  /** The message of its first error. */
  readonly message: string | null;
  /** How many records it could not sync. */
  readonly failedRecords: number;
}

/** One sync, whether or not it has run yet. */
export interface SyncHealth {
  readonly name: string;
  readonly entity: string;
  readonly direction: Run['direction'];
  readonly last: LastRun | null;
  /** The end of its last run that was `ok` or `partial`; runs of single pages, started by a webhook, do not count. */
  readonly lastSuccessAt: Date | null;
  /** The interval of the schedule. Default: ten minutes. */
  readonly everyMs?: number;
}

/** Pending work of one entity. */
export interface Pending {
  /** Rows edited in SQL and not sent yet. */
  readonly edits: number;
  /** Links to pages that have no row yet. */
  readonly links: number;
  /** Pages being created, including those whose request got no response. */
  readonly creations: number;
  /** Open conflicts. */
  readonly conflicts: number;
}

/** How much of Notion's request budget is in use. */
export interface BudgetUse {
  readonly lastMinute: number;
  readonly perMinute: number;
  /** The end of the pause that Notion asked for. */
  readonly pausedUntil: Date | null;
}

/** The state of all syncs, as PostgreSQL knows it. */
export interface Health {
  readonly at: Date;
  readonly syncs: readonly SyncHealth[];
  /** By the names of `sync_run_history`; entities without pending work are omitted. */
  readonly pending: ReadonlyMap<string, Pending>;
  /** By the same names; entities that were never checked are omitted. */
  readonly consistencyChecks: ReadonlyMap<string, ConsistencyCheck>;
  /** Archives that wait for an approval. */
  readonly approvals: readonly Approval[];
  readonly budget: BudgetUse;
}

export const NOTHING_PENDING: Pending = { edits: 0, links: 0, creations: 0, conflicts: 0 };

export const addPending = (a: Pending, b: Pending): Pending => ({
  edits: a.edits + b.edits,
  links: a.links + b.links,
  creations: a.creations + b.creations,
  conflicts: a.conflicts + b.conflicts,
});

/**
 * @param perMinute how many requests Notion allows in any 60 seconds
 * @throws as `databaseError`
 */
export const readHealth = async (database: Database, perMinute: number, everyMs?: number): Promise<Health> => ({
  at: new Date(),
  syncs: (await readSyncs(database)).map((sync) => (everyMs === undefined ? sync : { ...sync, everyMs })),
  pending: await readPending(database),
  consistencyChecks: await readLatestConsistencyChecks(database, [...new Set(syncs().map(({ entity }) => entity))]),
  approvals: await listApprovals(database),
  budget: { perMinute, ...(await readBudget(database)) },
});

type StoredSync = { name: string; lastSuccessAt: Date | null } & ({ finishedAt: null } | LastRun);

/** Two index look-ups for each sync, however long the history is. */
async function readSyncs(database: Database): Promise<readonly SyncHealth[]> {
  const names = syncs().map(({ name }) => name);
  const found = await database.query<StoredSync>(sql`
    SELECT n.name, l.*, g.finished_at AS "lastSuccessAt"
      FROM unnest(${names}::text[]) AS n(name)
      LEFT JOIN LATERAL (
        SELECT h.status, h.finished_at AS "finishedAt", h.duration_ms AS "durationMs", h.records_processed AS processed,
               h.created, h.updated, h.archived, h.conflicts, h.api_requests AS requests, h.errors -> 0 ->> 'message' AS message,
               (SELECT count(DISTINCT e ->> 'record')::int FROM jsonb_array_elements(h.errors) AS e) AS "failedRecords"
          FROM sync_run_history h WHERE h.sync_name = n.name ORDER BY h.finished_at DESC LIMIT 1) l ON true
      LEFT JOIN LATERAL (
        SELECT h.finished_at FROM sync_run_history h
         WHERE h.sync_name = n.name AND h.status IN ('ok', 'partial') AND h.cycle_id NOT LIKE '%/pages'
         ORDER BY h.finished_at DESC LIMIT 1) g ON true`);
  const byName = new Map(found.map((row) => [row.name, row]));
  return syncs().map(({ name, entity, direction }) => {
    const row = byName.get(name);
    if (!row || row.finishedAt === null) return { name, entity, direction, last: null, lastSuccessAt: null };
    const { name: _, lastSuccessAt, ...last } = row;
    return { name, entity, direction, last, lastSuccessAt };
  });
}

async function readPending(database: Database): Promise<ReadonlyMap<string, Pending>> {
  const found = await database.query<{ what: keyof Pending; entity: string; count: number }>(sql`
    SELECT 'edits' AS what, entity, count(*)::int AS count FROM sync_outbox GROUP BY entity
    UNION ALL SELECT 'links', entity, count(*)::int FROM pending_links GROUP BY entity
    UNION ALL SELECT 'creations', entity, count(*)::int FROM creation_intents WHERE closed_at IS NULL GROUP BY entity
    UNION ALL SELECT 'conflicts', entity, count(*)::int FROM sync_conflicts WHERE resolved_at IS NULL GROUP BY entity`);
  const pending = new Map<string, Pending>();
  for (const { what, entity, count } of found) {
    const name = commonName(entity);
    pending.set(name, addPending(pending.get(name) ?? NOTHING_PENDING, { ...NOTHING_PENDING, [what]: count }));
  }
  return pending;
}

async function readBudget(database: Database): Promise<Omit<BudgetUse, 'perMinute'>> {
  const [found] = await database.query<Omit<BudgetUse, 'perMinute'>>(sql`
    SELECT (SELECT count(*)::int FROM unnest(sent_at) AS t WHERE t > now() - interval '60 seconds') AS "lastMinute",
           CASE WHEN paused_until > now() THEN paused_until END AS "pausedUntil"
      FROM request_budget WHERE api = 'notion'`);
  return found ?? { lastMinute: 0, pausedUntil: null };
}
