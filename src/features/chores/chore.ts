import type { WorkerServices } from '../../runtime/services.ts';

/** What a chore gets. */
export interface ChoreContext extends WorkerServices {
  readonly signal: AbortSignal;
  /** Heartbeat, to be called after each step. Throws when the activity is cancelled. */
  readonly progress: () => void;
}

/**
 * Runs the chore once. Safe to repeat.
 * @returns one line on what was done, or why there was nothing to do
 * @throws LockstepError
 */
export type Chore = (context: ChoreContext) => Promise<string>;
