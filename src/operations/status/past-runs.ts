import { syncs } from '../../cycle/sync-names.ts';
import { asDatabaseErrors, type Database } from '../../database/client.ts';
import type { SyncRun } from '../../database/generated/prisma/client.ts';

/** A line of `sync_run_history`, by the names of its columns. */
export type PastRun = SyncRun;

export interface PastRunsOptions {
  readonly limit: number;
  readonly entity?: string | undefined;
  /** Only those with a smaller id: the next lines of a list. */
  readonly before?: bigint | undefined;
}

/** The latest runs, newest first. @throws as `asDatabaseErrors` */
export const pastRuns = (database: Database, { limit, entity, before }: PastRunsOptions): Promise<readonly PastRun[]> =>
  asDatabaseErrors(() =>
    database.syncRun.findMany({
      where: { ...(entity === undefined ? {} : { entity }), ...(before === undefined ? {} : { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
    }),
  );

/** The first error of a run, in words, or ''. */
export function firstMessage({ errors }: PastRun): string {
  const [first] = Array.isArray(errors) ? errors : [];
  return first !== null && typeof first === 'object' && 'message' in first ? String(first.message) : '';
}

/** All syncs of one cycle together. */
export interface PastCycle {
  readonly cycleId: string;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly changed: number;
  readonly requests: number;
  readonly failed: number;
}

/** Each sync is a line, and now and then there are others in between. */
const LINES_OF_A_CYCLE = syncs.length + 15;

/** The latest cycles, oldest first; what was done between them, because of a hint, is none. @throws as `asDatabaseErrors` */
export const pastCycles = (database: Database, limit: number): Promise<readonly PastCycle[]> =>
  asDatabaseErrors(async () => {
    const found = await database.$queryRaw<PastCycle[]>`
      SELECT cycle_id AS "cycleId", max(finished_at) AS "finishedAt", sum(created + updated + archived)::int AS changed,
             sum(api_requests)::int AS requests, (count(*) FILTER (WHERE status = 'failed'))::int AS failed,
             (extract(epoch FROM max(finished_at) - min(started_at)) * 1000)::float8 AS "durationMs"
        FROM (SELECT * FROM sync_run_history ORDER BY id DESC LIMIT ${limit * LINES_OF_A_CYCLE}) AS recent
       WHERE cycle_id NOT LIKE '%/%'
       GROUP BY cycle_id ORDER BY max(id) DESC LIMIT ${limit}`;
    return found.toReversed();
  });
