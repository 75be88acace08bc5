import type { CycleProgress } from '../../temporal/cycle-progress.ts';
import type { OpenWorkflow } from '../../temporal/open-work.ts';

/** What the dashboard needs from Temporal; a test has its own. */
export interface Temporal {
  /** Starts a cycle, of one entity when given. @returns its workflow id @throws TemporalUnreachableError */
  runNow(entity: string | undefined): Promise<string>;
  /** @param forMs undefined: until somebody resumes @throws TemporalUnreachableError */
  pause(forMs: number | undefined): Promise<void>;
  /** @throws TemporalUnreachableError */
  resume(): Promise<void>;
  /** @throws TemporalUnreachableError */
  look(): Promise<TemporalState>;
}

export interface TemporalState {
  /** The state of the schedule, in one line. */
  readonly schedule: string;
  readonly isPaused: boolean;
  /** Every open cycle, phase, hint and chore. */
  readonly open: readonly OpenWorkflow[];
  /** Of the cycles among them, by workflow id; without those that did not answer. */
  readonly progress: ReadonlyMap<string, CycleProgress>;
}
