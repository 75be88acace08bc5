import type { SyncOutcome, SyncProgress } from './types.ts';

/** «tasks: 3 created, 1 conflict», for people. */
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
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${outcome.entity}: ${said.join(', ') || 'in step'}`;
}

/** The Markdown that stands on top of the workflow's page in Temporal's Web UI. */
export function describeOutcomes(states: readonly SyncProgress[]): string {
  return states
    .map(({ name, state, outcome }) => `- **${name}**: ${outcome ? describeOutcome(outcome) : state}`)
    .join('\n');
}

/** It wrote something, could not write something, or failed. */
export const isWorthSaying = ({
  status,
  created,
  updated,
  archived,
  adopted,
  conflicts,
  issues,
}: SyncOutcome): boolean => status === 'failed' || created + updated + archived + adopted + conflicts + issues > 0;

/** One line for the whole cycle. */
export function summarise(outcomes: readonly SyncOutcome[]): string {
  const worth = outcomes.filter(isWorthSaying);
  return worth.length === 0 ? 'everything was in step' : worth.map(describeOutcome).join('; ');
}

/** Why a cycle failed: each reason once, with the syncs that it stopped. */
export function describeFailures(outcomes: readonly SyncOutcome[]): string {
  const failed = outcomes.filter(({ status }) => status === 'failed');
  const names = new Map<string, string[]>();
  for (const { name, message = 'for no reason given' } of failed) {
    names.set(message, [...(names.get(message) ?? []), name]);
  }
  const reasons = [...names].map(([reason, stopped]) => `${reason} (${stopped.join(', ')})`);
  return `${failed.length} of ${outcomes.length} syncs failed: ${reasons.join('; ')}`;
}
