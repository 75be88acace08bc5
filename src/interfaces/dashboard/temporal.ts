/** What the dashboard asks of Temporal; a test has its own. */
export interface Temporal {
  /** Starts a cycle, of one entity if given. @returns its workflow id @throws TemporalUnreachableError */
  runNow(entity: string | undefined): Promise<string>;
  /** @throws TemporalUnreachableError */
  look(): Promise<TemporalState>;
}

export interface TemporalState {
  /** What the schedule does, in a line. */
  readonly schedule: string;
  readonly running: readonly RunningCycle[];
}

export interface RunningCycle {
  readonly workflowId: string;
  readonly startedAt: Date;
}
