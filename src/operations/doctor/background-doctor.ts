import { createHash } from 'node:crypto';
import { FinalError, LockstepError } from '../../errors.ts';
import type { NotionApi } from '../../notion/notion-api.ts';
import type { DoctorParts } from './doctor-context.ts';
import type { Finding, FindingCode } from './finding.ts';
import { type AppliedFix, applyFix, runDoctor } from './run-doctor.ts';

/** A check waits no longer: Notion's request limit may be used up by syncs. */
const MAX_CHECK_MS = 300_000;

/** These fixes need a decision first: a backup, or events that the next cycle removes. */
const BY_HAND: ReadonlySet<FindingCode> = new Set(['migrations_pending', 'event_unknown']);

export interface BackgroundDoctorOptions extends Omit<DoctorParts, 'api'> {
  /** Opens the connection of one check. */
  readonly openApi: (signal: AbortSignal) => NotionApi;
  /** What some commands do, by the command that a finding names as its fix. */
  readonly commands: Readonly<Record<string, () => Promise<string>>>;
  /** For errors that are bugs. */
  readonly say: (line: string) => void;
}

/** A finding, with what a server's page needs for it. */
export interface FoundFinding {
  readonly finding: Finding;
  /** The same as long as the finding is the same. */
  readonly id: string;
  /** Whether `fix` can fix it. */
  readonly isFixable: boolean;
}

export interface DoctorCheck {
  readonly at: Date;
  readonly durationMs: number;
  /** The fix that preceded the check, and what it did. */
  readonly fixed: AppliedFix | null;
  /** Or why the check has no result. */
  readonly result: readonly FoundFinding[] | string;
}

export interface DoctorState {
  readonly runningSince: Date | null;
  readonly last: DoctorCheck | null;
}

/** Runs the doctor in the background of a server, one check at a time; the result is kept until the next one. */
export class BackgroundDoctor {
  readonly #options: BackgroundDoctorOptions;
  readonly #stopped = new AbortController();
  #running: { readonly since: Date; readonly ended: Promise<void> } | null = null;
  #last: DoctorCheck | null = null;

  constructor(options: BackgroundDoctorOptions) {
    this.#options = options;
  }

  get state(): DoctorState {
    return { runningSince: this.#running?.since ?? null, last: this.#last };
  }

  /** Starts a check, unless one is running. @returns when the running one ends */
  check(): Promise<void> {
    return this.#running?.ended ?? this.#start(async () => null);
  }

  /**
   * Fixes a finding of the last check, and checks again.
   * @returns when that check ends
   * @throws FinalError `doctor_running`, or `finding_gone` when the last check has no such finding
   */
  async fix(id: string): Promise<void> {
    if (this.#running) throw new FinalError('doctor_running', 'a check is running: wait for its end');
    const found = typeof this.#last?.result === 'string' ? [] : (this.#last?.result ?? []);
    const fixable = found.find((one) => one.id === id && one.isFixable);
    if (!fixable) throw new FinalError('finding_gone', 'the last check has no such finding: check again');
    const { finding } = fixable;
    await this.#start(() => applyFix(finding, this.#fixOf(finding)));
  }

  /** Ends a running check. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running?.ended;
  }

  #fixOf({ code, fix, applyFix: own }: Finding): (() => Promise<string>) | undefined {
    return BY_HAND.has(code) ? undefined : (own ?? this.#options.commands[fix]);
  }

  #start(fix: () => Promise<AppliedFix | null>): Promise<void> {
    const since = new Date();
    const run = async (): Promise<void> => {
      const { fixed, result } = await this.#run(fix);
      const at = new Date();
      this.#last = { at, durationMs: at.getTime() - since.getTime(), fixed, result };
      this.#running = null;
    };
    const ended = run();
    this.#running = { since, ended };
    return ended;
  }

  async #run(fix: () => Promise<AppliedFix | null>): Promise<Pick<DoctorCheck, 'fixed' | 'result'>> {
    let fixed: AppliedFix | null = null;
    try {
      fixed = await fix();
      return { fixed, result: await this.#findings() };
    } catch (error) {
      if (error instanceof LockstepError) return { fixed, result: error.message };
      this.#options.say(`doctor: unexpected: ${error instanceof Error ? error.stack : error}`);
      return { fixed, result: 'the check failed with an unexpected error: see the log of this process' };
    }
  }

  async #findings(): Promise<readonly FoundFinding[]> {
    const { openApi, commands: _, say: __, ...parts } = this.#options;
    const ending = AbortSignal.any([AbortSignal.timeout(MAX_CHECK_MS), this.#stopped.signal]);
    if (ending.aborted) throw new FinalError('doctor_ended', this.#whyEnded());
    const ended = new Promise<never>((_resolve, reject) => {
      ending.addEventListener('abort', () => reject(new FinalError('doctor_ended', this.#whyEnded())), { once: true });
    });
    const { remaining } = await Promise.race([runDoctor({ ...parts, api: openApi(ending) }), ended]);
    return remaining.map((finding) => ({
      finding,
      id: idOf(finding),
      isFixable: this.#fixOf(finding) !== undefined,
    }));
  }

  #whyEnded(): string {
    return this.#stopped.signal.aborted
      ? 'the check was ended'
      : `the check did not end within ${MAX_CHECK_MS / 60_000} minutes: see lockstep status for Notion's request limit`;
  }
}

const idOf = ({ code, subject, what }: Finding): string =>
  createHash('sha256')
    .update(JSON.stringify([code, subject, what]))
    .digest('hex')
    .slice(0, 16);
