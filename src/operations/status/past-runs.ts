import { syncs } from '../../cycle/sync-names.ts';
import { type Database, join, type Sql, sql } from '../../database/client.ts';

/** A row of `sync_run_history`. */
export interface PastRun {
  readonly id: bigint;
  readonly cycle_id: string;
  readonly sync_name: string;
  readonly entity: string;
  readonly direction: string;
  readonly status: string;
  readonly started_at: Date;
  readonly finished_at: Date;
  readonly duration_ms: number;
  readonly records_processed: number;
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly conflicts: number;
  readonly api_requests: number;
  readonly errors: unknown;
  readonly certificate: unknown;
}

export interface PastRunsOptions {
  readonly limit: number;
  readonly entity?: string | undefined;
  readonly cycleId?: string | undefined;
  /** Only runs with a smaller id: the next page of a list. */
  readonly before?: bigint | undefined;
}

/** The latest runs, newest first. @throws as `databaseError` */
export const readPastRuns = (
  database: Database,
  { limit, entity, cycleId, before }: PastRunsOptions,
): Promise<readonly PastRun[]> =>
  database.query<PastRun>(sql`
    SELECT id, cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms, records_processed,
           created, updated, archived, conflicts, api_requests, errors, certificate
      FROM sync_run_history
     WHERE ${all([
       ...(entity === undefined ? [] : [sql`entity = ${entity}`]),
       ...(cycleId === undefined ? [] : [sql`cycle_id = ${cycleId}`]),
       ...(before === undefined ? [] : [sql`id < ${before}`]),
     ])}
     ORDER BY id DESC LIMIT ${limit}`);

const all = (conditions: readonly Sql[]): Sql => (conditions.length === 0 ? sql`true` : join(conditions, ' AND '));

/** The message of a run's first error, or ''. */
export function firstErrorMessage({ errors }: PastRun): string {
  const [first] = Array.isArray(errors) ? errors : [];
  return first !== null && typeof first === 'object' && 'message' in first ? String(first.message) : '';
}

/** All runs of one cycle. */
export interface PastCycle {
  readonly cycleId: string;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly changed: number;
  readonly requests: number;
  readonly failed: number;
  /** How many syncs it ran, skipped ones included. */
  readonly syncs: number;
}

/** One line for each sync, and some of hints in between. */
const linesPerCycle = (): number => syncs().length + 15;

/** The latest cycles, oldest first, without the runs that hints started between them. @throws as `databaseError` */
export const readPastCycles = async (database: Database, limit: number): Promise<readonly PastCycle[]> => {
  const found = await database.query<PastCycle>(sql`
      SELECT cycle_id AS "cycleId", max(finished_at) AS "finishedAt", sum(created + updated + archived)::int AS changed,
             sum(api_requests)::int AS requests, (count(*) FILTER (WHERE status = 'failed'))::int AS failed,
             count(*)::int AS syncs,
             (extract(epoch FROM max(finished_at) - min(started_at)) * 1000)::float8 AS "durationMs"
        FROM (SELECT * FROM sync_run_history ORDER BY id DESC LIMIT ${limit * linesPerCycle()}) AS recent
       WHERE cycle_id NOT LIKE '%/%'
       GROUP BY cycle_id ORDER BY max(id) DESC LIMIT ${limit}`);
  return found.toReversed();
};
