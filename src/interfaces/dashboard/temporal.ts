import type { OpenWorkflow } from '../../temporal/open-work.ts';

/** What the dashboard needs from Temporal; a test has its own. */
export interface Temporal {
  /** Starts a cycle, of one entity when given. @returns its workflow id @throws TemporalUnreachableError */
  runNow(entity: string | undefined): Promise<string>;
  /** @throws TemporalUnreachableError */
  look(): Promise<TemporalState>;
}

export interface TemporalState {
  /** The state of the schedule, in one line. */
  readonly schedule: string;
  /** Every open cycle, phase, hint and chore. */
  readonly open: readonly OpenWorkflow[];
}
