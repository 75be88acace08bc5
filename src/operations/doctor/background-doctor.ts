import { createHash } from 'node:crypto';
import { FinalError, LockstepError } from '../../errors.ts';
import type { NotionApi } from '../../notion/notion-api.ts';
import type { DoctorParts } from './doctor-context.ts';
import type { Finding, FindingCode } from './finding.ts';
import { type AppliedFix, applyFix, runDoctor } from './run-doctor.ts';

/** A check, or a check with its fix, takes no longer: Notion's request limit may be used up by syncs. */
const MAX_MS = 300_000;

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
  /** The fix that was asked for, and what it did. */
  readonly fixed: AppliedFix | null;
  /** Or why the check has no result. */
  readonly result: readonly FoundFinding[] | string;
}

export interface DoctorState {
  readonly runningSince: Date | null;
  readonly last: DoctorCheck | null;
}

type Outcome = Pick<DoctorCheck, 'fixed' | 'result'>;

/** The connection of one check, and its deadline. */
interface Attempt {
  readonly api: NotionApi;
  /** @throws FinalError `doctor_ended`, at the deadline or when the server stops */
  readonly endInTime: <T>(work: Promise<T>) => Promise<T>;
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
    return this.#running?.ended ?? this.#start(async () => ({ fixed: null, result: await this.#check(this.#open()) }));
  }

  /**
   * Fixes a finding of the last check. What that check has read may have changed since, so the checks run before the
   * fix, too: a finding that is gone is not fixed.
   * @returns when the check after the fix ends
   * @throws FinalError `doctor_running`, or `finding_gone` when the last check has no such finding
   */
  async fix(id: string): Promise<void> {
    if (this.#running) throw new FinalError('doctor_running', 'a check is running: wait for its end');
    const last = typeof this.#last?.result === 'string' ? [] : (this.#last?.result ?? []);
    const asked = findFixable(last, id);
    if (!asked) throw new FinalError('finding_gone', 'the last check has no such finding: check again');
    await this.#start(() => this.#fix(asked));
  }

  /** Ends a running check. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running?.ended;
  }

  #fixOf({ code, fix, applyFix: own }: Finding): (() => Promise<string>) | undefined {
    return BY_HAND.has(code) ? undefined : (own ?? this.#options.commands[fix]);
  }

  #start(work: () => Promise<Outcome>): Promise<void> {
    const since = new Date();
    const run = async (): Promise<void> => {
      const outcome = await this.#run(work);
      const at = new Date();
      this.#last = { at, durationMs: at.getTime() - since.getTime(), ...outcome };
      this.#running = null;
    };
    const ended = run();
    this.#running = { since, ended };
    return ended;
  }

  async #run(work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await work();
    } catch (error) {
      return { fixed: null, result: this.#reasonOf(error) };
    }
  }

  #reasonOf(error: unknown): string {
    if (error instanceof LockstepError) return error.message;
    this.#options.say(`doctor: unexpected: ${error instanceof Error ? error.stack : error}`);
    return 'the check failed with an unexpected error: see the log of this process';
  }

  async #fix({ id, finding: asked }: FoundFinding): Promise<Outcome> {
    const attempt = this.#open();
    const before = await this.#check(attempt);
    const finding = findFixable(before, id)?.finding;
    const fix = finding && this.#fixOf(finding);
    if (!finding || !fix) return { fixed: { finding: asked, outcome: GONE, ok: false }, result: before };
    const fixed = await applyFix(finding, () => attempt.endInTime(fix()));
    try {
      return { fixed, result: await this.#check(this.#open()) };
    } catch (error) {
      return { fixed, result: this.#reasonOf(error) };
    }
  }

  async #check({ api, endInTime }: Attempt): Promise<readonly FoundFinding[]> {
    const { openApi: _, commands: __, say: ___, ...parts } = this.#options;
    const { remaining } = await endInTime(runDoctor({ ...parts, api }));
    return remaining.map((finding) => ({
      finding,
      id: idOf(finding),
      isFixable: this.#fixOf(finding) !== undefined,
    }));
  }

  #open(): Attempt {
    const ending = AbortSignal.any([AbortSignal.timeout(MAX_MS), this.#stopped.signal]);
    if (ending.aborted) throw new FinalError('doctor_ended', this.#whyEnded());
    const ended = new Promise<never>((_resolve, reject) => {
      ending.addEventListener('abort', () => reject(new FinalError('doctor_ended', this.#whyEnded())), { once: true });
    });
    return { api: this.#options.openApi(ending), endInTime: (work) => Promise.race([work, ended]) };
  }

  #whyEnded(): string {
    return this.#stopped.signal.aborted
      ? 'the check was ended'
      : `no result within ${MAX_MS / 60_000} minutes: see lockstep status for Notion's request limit`;
  }
}

const GONE = 'another check did not find this problem: nothing was changed';

const findFixable = (found: readonly FoundFinding[], id: string): FoundFinding | undefined =>
  found.find((one) => one.id === id && one.isFixable);

const idOf = ({ code, subject, what }: Finding): string =>
  createHash('sha256')
    .update(JSON.stringify([code, subject, what]))
    .digest('hex')
    .slice(0, 16);
