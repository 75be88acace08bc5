import type { SyncOutcome, SyncProgress } from './messages.ts';

/** For people: `tasks: 3 created, 1 conflict`. */
export function describeOutcome(outcome: SyncOutcome): string {
  if (outcome.status === 'failed' || outcome.status === 'skipped') {
    return `${outcome.name}: ${outcome.status}: ${outcome.message ?? ''}`;
  }
  const counts: [number, string][] = [
    [outcome.created, 'created'],
    [outcome.updated, 'updated'],
    [outcome.archived, 'archived'],
    [outcome.adopted, 'adopted'],
    [outcome.conflicts, outcome.conflicts === 1 ? 'conflict' : 'conflicts'],
    [outcome.issues, outcome.issues === 1 ? 'issue' : 'issues'],
  ];
  const parts = counts.filter(([count]) => count > 0).map(([count, noun]) => `${count} ${noun}`);
  return `${outcome.entity}: ${parts.join(', ') || 'no changes'}`;
}

/** Markdown for the details of a phase in Temporal's Web UI. */
export function describeProgress(states: readonly SyncProgress[]): string {
  return states
    .map(({ name, state, outcome }) => `- **${name}**: ${outcome ? describeOutcome(outcome) : state}`)
    .join('\n');
}

/** It wrote something, found an issue, or failed. */
export const isNotable = ({ status, created, updated, archived, adopted, conflicts, issues }: SyncOutcome): boolean =>
  status === 'failed' || created + updated + archived + adopted + conflicts + issues > 0;

/** One line for the whole cycle. */
export const summarize = (outcomes: readonly SyncOutcome[]): string =>
  outcomes.filter(isNotable).map(describeOutcome).join('; ') || 'no changes';

/** Why a cycle failed: each reason once, with the syncs that it stopped. */
export function describeFailures(outcomes: readonly SyncOutcome[]): string {
  const failed = outcomes.filter(({ status }) => status === 'failed');
  const namesByReason = new Map<string, string[]>();
  for (const { name, message = 'no reason reported' } of failed) {
    namesByReason.set(message, [...(namesByReason.get(message) ?? []), name]);
  }
  const reasons = [...namesByReason].map(([reason, names]) => `${reason} (${names.join(', ')})`);
  return `${failed.length} of ${outcomes.length} syncs failed: ${reasons.join('; ')}`;
}
