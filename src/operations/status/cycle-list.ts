import { syncs } from '../../cycle/sync-names.ts';
import { type Database, sql } from '../../database/client.ts';

/** The runs of one cycle, or of one hint, in one line. */
export interface CycleSummary {
  readonly cycleId: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly requests: number;
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly conflicts: number;
  readonly failed: number;
  readonly partial: number;
  /** Of its last run. */
  readonly lastId: bigint;
}

export interface CyclePage {
  /** Newest first. */
  readonly cycles: readonly CycleSummary[];
  /** Pass it as `before` to read the next page; null on the last page. */
  readonly older: bigint | null;
}

const columns = sql`cycle_id AS "cycleId", min(started_at) AS "startedAt", max(finished_at) AS "finishedAt",
  (extract(epoch FROM max(finished_at) - min(started_at)) * 1000)::float8 AS "durationMs", sum(api_requests)::int AS requests,
  sum(created)::int AS created, sum(updated)::int AS updated, sum(archived)::int AS archived, sum(conflicts)::int AS conflicts,
  (count(*) FILTER (WHERE status = 'failed'))::int AS failed, (count(*) FILTER (WHERE status = 'partial'))::int AS partial,
  max(id) AS "lastId"`;

/**
 * The latest cycles and hints.
 * @param before only cycles whose last run has a smaller id
 */
export async function readCycles(
  database: Database,
  { limit, before }: { readonly limit: number; readonly before?: bigint | undefined },
): Promise<CyclePage> {
  // A cycle whose runs are on both sides of the boundary was on the page before.
  const earlier = before === undefined ? sql`true` : sql`id < ${before}`;
  const found = await database.query<CycleSummary>(sql`
    SELECT ${columns} FROM (SELECT * FROM sync_run_history WHERE ${earlier} ORDER BY id DESC LIMIT ${(limit + 1) * syncs().length}) recent
     WHERE NOT EXISTS (SELECT FROM sync_run_history h WHERE h.cycle_id = recent.cycle_id AND h.id >= ${before ?? null}::bigint)
     GROUP BY cycle_id ORDER BY max(id) DESC LIMIT ${limit + 1}`);
  const cycles = found.slice(0, limit);
  return { cycles, older: found.length > limit ? (cycles.at(-1)?.lastId ?? null) : null };
}

/** One cycle; null for an undo, which has no runs. */
export async function readCycle(database: Database, cycleId: string): Promise<CycleSummary | null> {
  const [found] = await database.query<CycleSummary>(
    sql`SELECT ${columns} FROM sync_run_history WHERE cycle_id = ${cycleId} GROUP BY cycle_id`,
  );
  return found ?? null;
}

/** Nothing was written and nothing failed. */
const isQuiet = ({ created, updated, archived, conflicts, failed, partial }: CycleSummary): boolean =>
  created + updated + archived + conflicts + failed + partial === 0;

/** The cycles in groups: each cycle alone, but quiet ones that follow each other together. */
export function foldQuiet(cycles: readonly CycleSummary[]): readonly (readonly CycleSummary[])[] {
  const groups: CycleSummary[][] = [];
  for (const cycle of cycles) {
    const [latest] = groups.at(-1) ?? [];
    if (latest && isQuiet(latest) && isQuiet(cycle)) groups.at(-1)?.push(cycle);
    else groups.push([cycle]);
  }
  return groups;
}
