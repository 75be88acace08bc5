import type { WorkerServices } from '../../runtime/services.ts';

/** What a chore works with, and how it says that it is alive. */
export interface ChoreContext extends WorkerServices {
  readonly signal: AbortSignal;
  /** Called after every bit of progress. Throws when the work is cancelled. */
  readonly progress: () => void;
}

/**
 * Does it once; done twice it changes nothing more.
 * @returns one line on what was done, or why there was nothing to do
 * @throws LockstepError
 */
export type Chore = (context: ChoreContext) => Promise<string>;
