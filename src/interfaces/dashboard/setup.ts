import type { BackgroundDoctor } from '../../operations/doctor/background-doctor.ts';

/** What the pages of the setup need besides PostgreSQL; a test has its own. */
export interface Setup {
  readonly doctor: Pick<BackgroundDoctor, 'state' | 'check' | 'fix'>;
  /** The settings of this process, without any secret. */
  readonly settings: readonly SettingSection[];
  /** @throws TemporalUnreachableError */
  readSchedule(): Promise<ScheduleReport>;
  /**
   * Starts a chore, unless it runs.
   * @throws TemporalUnreachableError @throws FinalError `unknown_chore`
   */
  runChore(name: string): Promise<void>;
  /** The names of the logs that `lockstep logs` shows. */
  readonly logs: readonly string[];
  /** The last lines of a log, oldest first, without control characters. @throws FinalError `no_log` */
  readLog(name: string, lines: number): readonly string[];
}

export interface SettingSection {
  readonly section: string;
  readonly settings: readonly Setting[];
}

export interface Setting {
  /** The name of its variable. */
  readonly env: string;
  /** Markdown, one line. */
  readonly description: string;
  /** Its value, or that a secret is set; null when it is neither set nor has a default. */
  readonly value: string | null;
  /** Such as "environment" or "default"; null when there is no value. */
  readonly origin: string | null;
}

export interface ScheduleReport {
  /** The state of the schedule of cycles, in one line. */
  readonly line: string;
  /** Null without a schedule. */
  readonly everyMs: number | null;
  readonly isPaused: boolean;
  readonly next: Date | null;
  readonly chores: readonly ChoreReport[];
}

export interface ChoreReport {
  readonly name: string;
  readonly state: 'off' | 'no schedule' | 'paused' | 'scheduled';
  readonly next: Date | null;
  /** Its last run that Temporal still has, by the schedule or by hand. */
  readonly last: ChoreRun | null;
}

export interface ChoreRun {
  readonly workflowId: string;
  readonly startedAt: Date;
  readonly status: 'running' | 'ok' | 'failed';
  /** What it did, or why it failed; '' while it runs. */
  readonly message: string;
}
