import type { PastCycle } from './past-runs.ts';

/** Older cycles say less about the next one. */
const MAX_CYCLES = 10;
const STEP_S = 5;

/**
 * When a running cycle ends, from the median of the latest cycles with as many syncs: `about 20 s left`.
 * @param cycles oldest first
 * @returns null when there is no such cycle
 */
export function remainingTime(
  since: Date,
  { total }: { readonly total: number },
  cycles: readonly PastCycle[],
  now: Date,
): string | null {
  const durations = cycles.flatMap(({ syncs, durationMs }) => (syncs === total ? [durationMs] : [])).slice(-MAX_CYCLES);
  const median = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)];
  if (median === undefined) return null;
  const seconds = (since.getTime() + median - now.getTime()) / 1_000;
  if (seconds <= 0) return 'longer than usual';
  return seconds < 120
    ? `about ${Math.ceil(seconds / STEP_S) * STEP_S} s left`
    : `about ${Math.round(seconds / 60)} min left`;
}
