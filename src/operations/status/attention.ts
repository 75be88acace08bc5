import { describeArchives } from '../history/approvals.ts';
import { REQUESTS_PER_EDIT } from '../plan/workload.ts';
import type { Health, Pending } from './entity-health.ts';
import { pluralize } from './format-status.ts';
import { type EntityHealth, entityHealths, needsAttention, TEN_MINUTES_MS } from './verdict.ts';

/** An entity that a person should look at, and why. */
export interface Attention {
  readonly entity: string;
  /** "failed", "2 open conflicts" */
  readonly reasons: readonly string[];
}

/** The entities that a person should look at: failing, in conflict, waiting for an approval, or with a backlog. */
export const attentionOf = (health: Health): readonly Attention[] =>
  entityHealths(health).flatMap((entity) => {
    const reasons = reasonsOf(entity, health);
    return reasons.length > 0 ? [{ entity: entity.entity, reasons }] : [];
  });

function reasonsOf({ verdict, pending, approvals }: EntityHealth, health: Health): readonly string[] {
  const { conflicts } = pending;
  return [
    // An approval makes the verdict `failed`.
    ...(needsAttention(verdict) && approvals.length === 0 ? [verdict] : []),
    ...approvals.map(
      ({ direction, recordIds }) => `${recordIds.length} ${describeArchives(direction)} wait for an approval`,
    ),
    ...(conflicts > 0 ? [pluralize(conflicts, 'open conflict')] : []),
    ...(hasBacklog(pending, health) ? [`a backlog of ${describeBacklog(pending, health.budget.perMinute)}`] : []),
  ];
}

/** Whether the pending edits take longer than the interval of the schedule. */
export const hasBacklog = (pending: Pending, { budget, syncs }: Health): boolean =>
  backlogMinutes(pending, budget.perMinute) * 60_000 > (syncs[0]?.everyMs ?? TEN_MINUTES_MS);

/** The minutes that Notion's request limit allows no less of, for the edits and creations that are pending. */
function backlogMinutes({ edits, creations }: Pending, perMinute: number): number {
  return Math.floor((edits * REQUESTS_PER_EDIT + creations) / perMinute);
}

/** "1,500 edits, 16 minutes or more"; '' for what is sent within a minute. */
export function describeBacklog(pending: Pending, perMinute: number): string {
  const minutes = backlogMinutes(pending, perMinute);
  if (minutes === 0) return '';
  const count = (pending.edits + pending.creations).toLocaleString('en');
  return `${count} edits, ${pluralize(minutes, 'minute')} or more`;
}
