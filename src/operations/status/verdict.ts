import type { ConsistencyCheck } from '../../database/consistency-check.ts';
import { commonName } from '../../definition/named-entities.ts';
import type { ArchiveDirection } from '../../sync/brake-port.ts';
import type { Approval } from '../history/approvals.ts';
import { addPending, type Health, NOTHING_PENDING, type Pending, type SyncHealth } from './entity-health.ts';

/** Two cycles, plus time for the second one to end. */
const STALE_CYCLES = 2.5;
/** The default interval of the schedule. */
export const TEN_MINUTES_MS = 600_000;

/**
 * The state of a sync: `skipped` is not configured; `never` has not completed once; `partial` failed for single records;
 * `stale` succeeded, but not recently.
 */
export type Verdict = 'ok' | 'skipped' | 'never' | 'partial' | 'stale' | 'failed';

/** From good to bad. */
const ORDER: readonly Verdict[] = ['ok', 'skipped', 'never', 'partial', 'stale', 'failed'];

export function verdictOf({ last, lastSuccessAt, everyMs = TEN_MINUTES_MS }: SyncHealth, now: Date): Verdict {
  if (!last) return 'never';
  if (last.status === 'failed' || last.status === 'skipped') return last.status;
  // So far it has only synced single pages, because of a webhook.
  if (!lastSuccessAt) return 'never';
  return now.getTime() - lastSuccessAt.getTime() > STALE_CYCLES * everyMs ? 'stale' : last.status;
}

/** All syncs of one direction of an entity. */
export interface DirectionHealth {
  readonly verdict: Verdict;
  /** The oldest last success of its syncs; null when one of them never succeeded. */
  readonly lastSuccessAt: Date | null;
}

/** The state of one entity. */
export interface EntityHealth {
  readonly entity: string;
  readonly verdict: Verdict;
  readonly inbound: DirectionHealth;
  /** Includes its trigger. */
  readonly outbound: DirectionHealth;
  readonly syncs: readonly SyncHealth[];
  readonly pending: Pending;
  readonly consistencyCheck: ConsistencyCheck | null;
  readonly approvals: readonly Approval[];
  readonly failedRecords: number;
}

/** Every entity, in the order of the syncs. */
export function entityHealths({ at, syncs, pending, consistencyChecks, approvals }: Health): readonly EntityHealth[] {
  const names = [...new Set(syncs.map(({ entity }) => entity))];
  return names.map((entity) => {
    const own = syncs.filter((sync) => sync.entity === entity);
    const waiting = approvals.filter((approval) => commonName(approval.entity) === entity);
    const healthOf = (direction: ArchiveDirection): DirectionHealth => {
      const health = directionHealth(
        own.filter((sync) => isInbound(sync) === (direction === 'inbound')),
        at,
      );
      return waiting.some((approval) => approval.direction === direction) ? { ...health, verdict: 'failed' } : health;
    };
    const [inbound, outbound] = [healthOf('inbound'), healthOf('outbound')];
    return {
      entity,
      verdict: worst([inbound.verdict, outbound.verdict]),
      ...{ inbound, outbound, syncs: own },
      pending: pending.get(entity) ?? NOTHING_PENDING,
      consistencyCheck: consistencyChecks.get(entity) ?? null,
      approvals: waiting,
      failedRecords: own.reduce((sum, { last }) => sum + (last?.failedRecords ?? 0), 0),
    };
  });
}

const isInbound = ({ direction }: SyncHealth): boolean => direction === 'inbound';

/** Skipped syncs do not count: without a PARA folder, for example, `tags` is rated by its other syncs. */
function directionHealth(syncs: readonly SyncHealth[], now: Date): DirectionHealth {
  const judged = syncs.filter(({ last }) => last?.status !== 'skipped');
  if (judged.length === 0) return { verdict: 'skipped', lastSuccessAt: null };
  const times = judged.flatMap(({ lastSuccessAt }) => (lastSuccessAt ? [lastSuccessAt.getTime()] : []));
  return {
    verdict: worst(judged.map((sync) => verdictOf(sync, now))),
    lastSuccessAt: times.length === judged.length ? new Date(Math.min(...times)) : null,
  };
}

const worst = (verdicts: readonly Verdict[]): Verdict =>
  ORDER[Math.max(...verdicts.map((v) => ORDER.indexOf(v)))] ?? 'ok';

/** Whether a person should look at it. */
export const needsAttention = (verdict: Verdict): boolean => ORDER.indexOf(verdict) >= ORDER.indexOf('partial');

export const totalPending = ({ pending }: Health): Pending => [...pending.values()].reduce(addPending, NOTHING_PENDING);
