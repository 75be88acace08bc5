import type { Issue } from '../sync/ports.ts';
import { asDatabaseErrors, type Database } from './client.ts';

/** One line of `sync_run_history`. */
export interface Run {
  readonly cycleId: string;
  readonly syncName: string;
  readonly entity: string;
  readonly direction: 'inbound' | 'outbound' | 'trigger';
  readonly status: 'ok' | 'partial' | 'failed' | 'skipped';
  readonly startedAt: Date;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly conflicts: number;
  readonly requests: number;
  readonly errors: readonly (Omit<Issue, 'record'> & { readonly record: string | null })[];
}

/** At most this many errors are kept of one run. */
const ERRORS_KEPT = 200;

/** Writes a run down; a retried activity writes over its own line. */
export async function recordRun(database: Database, run: Run): Promise<void> {
  const finishedAt = new Date();
  const key = { cycle_id: run.cycleId, sync_name: run.syncName };
  const data = {
    entity: run.entity,
    direction: run.direction,
    status: run.status,
    started_at: run.startedAt,
    finished_at: finishedAt,
    duration_ms: Math.max(0, finishedAt.getTime() - run.startedAt.getTime()),
    records_processed: run.processed,
    created: run.created,
    updated: run.updated,
    archived: run.archived,
    conflicts: run.conflicts,
    api_requests: run.requests,
    errors: run.errors.slice(0, ERRORS_KEPT).map(({ code, message, record }) => ({ code, message, record })),
  };
  await asDatabaseErrors(() =>
    database.syncRun.upsert({ where: { cycle_id_sync_name: key }, create: { ...key, ...data }, update: data }),
  );
}

/** Writes down that these outbound syncs had nothing to do; a retried activity changes nothing. */
export async function recordIdleRuns(
  database: Database,
  cycleId: string,
  syncs: readonly { readonly name: string; readonly entity: string }[],
): Promise<void> {
  const now = new Date();
  const data = syncs.map(({ name, entity }) => ({
    cycle_id: cycleId,
    sync_name: name,
    entity,
    direction: 'outbound',
    status: 'ok',
    started_at: now,
    finished_at: now,
    duration_ms: 0,
    errors: [],
  }));
  if (data.length > 0) await asDatabaseErrors(() => database.syncRun.createMany({ data, skipDuplicates: true }));
}

/** How many rows the runs of a sync have archived since then. */
export async function archivedSince(database: Database, syncName: string, since: Date): Promise<number> {
  const { _sum } = await asDatabaseErrors(() =>
    database.syncRun.aggregate({
      where: { sync_name: syncName, finished_at: { gte: since } },
      _sum: { archived: true },
    }),
  );
  return _sum.archived ?? 0;
}
