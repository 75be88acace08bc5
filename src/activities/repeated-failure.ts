/** A failure that attempts repeat without a record being synced in between. */
export interface RepeatedFailure {
  readonly code: string;
  readonly since: number;
  readonly times: number;
}

/** Fewer are a bad network. */
const MIN_TIMES = 5;
const MAX_MS = 90_000;

/**
 * Counts a failure. That the other side answers is no progress: a listing that works, before a write that does not,
 * would be repeated without end.
 * @param synced whether the attempt synced any record before it failed
 */
export function repeatFailure(
  previous: RepeatedFailure | undefined,
  { code, synced, now }: { readonly code: string; readonly synced: boolean; readonly now: number },
): RepeatedFailure {
  if (!previous || previous.code !== code || synced) return { code, since: now, times: 1 };
  return { ...previous, times: previous.times + 1 };
}

export const isHopeless = ({ since, times }: RepeatedFailure, now: number): boolean =>
  times >= MIN_TIMES && now - since > MAX_MS;
