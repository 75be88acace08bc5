import type { ConsistencyCheck } from '../../database/consistency-check.ts';
import type { BudgetUse, LastRun, Pending } from './entity-health.ts';

/** "3 min ago" */
export function formatAgo(then: Date, now: Date = new Date()): string {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** "in 3 min" */
export function formatAhead(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((then.getTime() - now.getTime()) / 1_000));
  return seconds < 60 ? `in ${seconds} s` : `in ${Math.round(seconds / 60)} min`;
}

/** "1.5 s", "3 min" */
export function formatDuration(ms: number): string {
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** "1 row", "2 rows" */
export const pluralize = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** "2 pending edits, 1 link", or '' when nothing is pending; conflicts, which need a person, are counted elsewhere. */
export function describePending({ edits, links, creations }: Pending): string {
  return [
    ...(edits > 0 ? [pluralize(edits, 'pending edit')] : []),
    ...(links > 0 ? [pluralize(links, 'link')] : []),
    ...(creations > 0 ? [pluralize(creations, 'page being created', 'pages being created')] : []),
  ].join(', ');
}

/** "110/110 (14:02)", "2 of 110 differ (14:02)", with the time at which the other side was last read; '' before the first check. */
export function describeConsistencyCheck(check: ConsistencyCheck | null, now: Date = new Date()): string {
  if (!check) return '';
  const { records, differing, readAt } = check;
  const result = differing === 0 ? `${records}/${records}` : `${differing} of ${records} differ`;
  return readAt ? `${result} (${formatClock(new Date(readAt), now)})` : result;
}

/** "14:02", or "11-24 14:02" on another day, in local time. */
export function formatClock(time: Date, now: Date): string {
  const local = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
  const text = local.format(time);
  const today = local.format(now);
  const isToday = text.slice(0, DATE_LENGTH) === today.slice(0, DATE_LENGTH);
  return text.slice(isToday ? DATE_LENGTH + 1 : 'YYYY-'.length);
}

const DATE_LENGTH = 'YYYY-MM-DD'.length;

/** "12 of 180 requests to Notion in the last minute" */
export function describeBudget({ lastMinute, perMinute, pausedUntil }: BudgetUse, now: Date = new Date()): string {
  const used = `${lastMinute} of ${perMinute} requests to Notion in the last minute`;
  if (!pausedUntil || pausedUntil <= now) return used;
  return `${used}; Notion asked for a pause of ${Math.ceil((pausedUntil.getTime() - now.getTime()) / 1_000)} s more`;
}

type Counts = Pick<LastRun, 'created' | 'updated' | 'archived' | 'conflicts'>;

/** "3 created, 1 conflict", or "no changes" */
export function describeCounts({ created, updated, archived, conflicts }: Counts): string {
  const counts = [
    ...(created > 0 ? [`${created} created`] : []),
    ...(updated > 0 ? [`${updated} updated`] : []),
    ...(archived > 0 ? [`${archived} archived`] : []),
    ...(conflicts > 0 ? [pluralize(conflicts, 'conflict')] : []),
  ];
  return counts.join(', ') || 'no changes';
}
