import type { ConsistencyCheck } from '../../database/consistency-check.ts';
import { addPending, type Health, NOTHING_PENDING, type SyncHealth, type Pending } from './entity-health.ts';

/** Two cycles, and time for the second to end. */
const STALE_AFTER_MS = 25 * 60_000;

/**
 * How a sync is: `skipped` has nothing to do with what is set; `never` has not read or sent everything yet; `partial` could not do single
 * records; `stale` went well, but not lately.
 */
export type Verdict = 'ok' | 'skipped' | 'never' | 'partial' | 'stale' | 'failed';

/** From good to bad. */
const ORDER: readonly Verdict[] = ['ok', 'skipped', 'never', 'partial', 'stale', 'failed'];

export function verdictOf({ last, lastSuccessAt: freshAt }: SyncHealth, now: Date): Verdict {
  if (!last) return 'never';
  if (last.status === 'failed' || last.status === 'skipped') return last.status;
  // A webhook had it look at single pages.
  if (!freshAt) return 'never';
  return now.getTime() - freshAt.getTime() > STALE_AFTER_MS ? 'stale' : last.status;
}

/** One direction of an entity: all its syncs together. */
export interface DirectionHealth {
  readonly verdict: Verdict;
  /** As fresh as the one that is the least so; null where one never went well. */
  readonly lastSuccessAt: Date | null;
}

/** One entity at a glance. */
export interface EntityHealth {
  readonly entity: string;
  readonly verdict: Verdict;
  readonly inbound: DirectionHealth;
  /** Its trigger, too. */
  readonly outbound: DirectionHealth;
  readonly syncs: readonly SyncHealth[];
  readonly pending: Pending;
  readonly consistencyCheck: ConsistencyCheck | null;
  readonly failedRecords: number;
}

/** Every entity, in the order of the syncs. */
export function entityHealths({ at, syncs, pending: waiting, consistencyChecks: certificates }: Health): readonly EntityHealth[] {
  const names = [...new Set(syncs.map(({ entity }) => entity))];
  return names.map((entity) => {
    const own = syncs.filter((sync) => sync.entity === entity);
    const inbound = directionHealth(own.filter(isInbound), at);
    const outbound = directionHealth(
      own.filter((sync) => !isInbound(sync)),
      at,
    );
    return {
      entity,
      verdict: worst([inbound.verdict, outbound.verdict]),
      ...{ inbound, outbound, syncs: own },
      waiting: waiting.get(entity) ?? NOTHING_PENDING,
      certificate: certificates.get(entity) ?? null,
      failedRecords: own.reduce((sum, { last }) => sum + (last?.failedRecords ?? 0), 0),
    };
  });
}

const isInbound = ({ direction }: SyncHealth): boolean => direction === 'inbound';

/** What is skipped says nothing of the rest, such as of tags where no PARA folder is set. */
function directionHealth(syncs: readonly SyncHealth[], now: Date): DirectionHealth {
  const judged = syncs.filter(({ last }) => last?.status !== 'skipped');
  if (judged.length === 0) return { verdict: 'skipped', lastSuccessAt: null };
  const times = judged.flatMap(({ lastSuccessAt: freshAt }) => (freshAt ? [freshAt.getTime()] : []));
  return {
    verdict: worst(judged.map((sync) => verdictOf(sync, now))),
    lastSuccessAt: times.length === judged.length ? new Date(Math.min(...times)) : null,
  };
}

const worst = (verdicts: readonly Verdict[]): Verdict =>
  ORDER[Math.max(...verdicts.map((v) => ORDER.indexOf(v)))] ?? 'ok';

/** Whether somebody should look at it. */
export const needsAttention = (verdict: Verdict): boolean => ORDER.indexOf(verdict) >= ORDER.indexOf('partial');

export const totalPending = ({ pending: waiting }: Health): Pending => [...waiting.values()].reduce(addPending, NOTHING_PENDING);
