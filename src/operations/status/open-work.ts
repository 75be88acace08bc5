import type { OpenWorkflow } from '../../temporal/open-work.ts';

const PHASES: ReadonlySet<string> = new Set(['inboundSync', 'outboundSync', 'taskTrigger']);

/** What a workflow does, such as `Running`; null for a phase, which is part of its cycle. */
export function describeOpen({ type, waitsForLock }: OpenWorkflow): string | null {
  if (PHASES.has(type)) return null;
  return waitsForLock ? 'Waiting for the cycle lock' : 'Running';
}

/** Why it cannot go on, or what it tries again. */
export const describeTrouble = ({ failingTask, retries }: OpenWorkflow): readonly string[] => [
  ...(failingTask === null ? [] : [`its workflow task fails again and again: ${failingTask}`]),
  ...retries.map((retry) => `trying again: ${retry}`),
];
