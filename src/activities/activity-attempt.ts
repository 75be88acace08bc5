import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { FinalError, LockstepError, RetryableError } from '../errors.ts';
import { isHopeless, type RepeatedFailure, repeatFailure } from './repeated-failure.ts';

const HEARTBEAT_MS = 2_000;
/** An activity whose attempts fail without progress for this time gives up. The next cycle tries again. */
const MAX_STALL_MS = 90_000;
/** The same for one that waits for a claim: its holder is alive, and may have a first import to do. */
const MAX_CLAIM_WAIT_MS = 30 * 60_000;
/** The first attempt gives up soon: from then on, `lockstep status` says what the sync waits for. */
const FIRST_CLAIM_WAIT_MS = 5_000;
/** An attempt that neither progresses nor fails for this time hangs. Each request and statement ends much sooner. */
const MAX_SILENCE_MS = 5 * 60_000;
/** The retry delay after an attempt that made progress. */
const PROGRESS_RETRY_MS = 1_000;

/** What a heartbeat passes to the next attempt. */
interface Heartbeat<T> {
  readonly progressedAt: number;
  readonly carried: T;
  readonly failure?: RepeatedFailure | undefined;
}

interface AttemptOptions<T> {
  /** The part of the state that heartbeats pass to the next attempt; default: all of it. */
  readonly toHeartbeat?: (carried: T) => T;
  /** How many records were synced so far. */
  readonly countSynced?: (carried: T) => number;
}

/**
 * One attempt of a long activity. It sends heartbeats while it progresses, ends by itself when it hangs, and knows the
 * time of the last progress across attempts and workers.
 */
export class ActivityAttempt<T> {
  readonly signal: AbortSignal;
  /** State from the previous attempt. */
  readonly carried: T;
  /** How long this attempt waits for a claim, in milliseconds; undefined for the default. */
  readonly claimWait: number | undefined;
  #progressedAt: number;
  #progressed = false;
  #aliveAt = Date.now();
  readonly #cancelled: AbortSignal;
  readonly #hang = new AbortController();
  readonly #beat: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #countSynced: () => number;
  readonly #syncedBefore: number;
  #failure: RepeatedFailure | undefined;

  constructor(initial: T, { toHeartbeat = (carried) => carried, countSynced = () => 0 }: AttemptOptions<T> = {}) {
    const { info, cancellationSignal } = Context.current();
    this.#cancelled = cancellationSignal;
    const previous = info.heartbeatDetails as Heartbeat<T> | undefined;
    this.signal = AbortSignal.any([cancellationSignal, this.#hang.signal]);
    this.carried = previous?.carried ?? initial;
    this.claimWait = info.attempt === 1 ? FIRST_CLAIM_WAIT_MS : undefined;
    this.#countSynced = () => countSynced(this.carried);
    this.#syncedBefore = this.#countSynced();
    this.#failure = previous?.failure;
    // A task may wait for hours until a worker runs: that is no failure of the attempt.
    this.#progressedAt = previous?.progressedAt ?? Date.now();
    const context = Context.current();
    this.#beat = (): void =>
      context.heartbeat({
        progressedAt: this.#progressedAt,
        carried: toHeartbeat(this.carried),
        failure: this.#failure,
      } satisfies Heartbeat<T>);
    // Most activities end before the first heartbeat, which Temporal Cloud bills.
    this.#timer = setInterval(() => {
      if (Date.now() - this.#aliveAt > MAX_SILENCE_MS) this.#hang.abort(hangError());
      else this.#beat();
    }, HEARTBEAT_MS);
  }

  /** Runs the work of the attempt. When it hangs, it is left alone. */
  async run<R>(work: () => Promise<R>): Promise<R> {
    const { signal } = this.#hang;
    const hung = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return await Promise.race([work(), hung]);
  }

  /** To be called on each progress. Throws when the activity was cancelled. */
  readonly progress = (): void => {
    this.signal.throwIfAborted();
    this.#progressedAt = Date.now();
    this.#aliveAt = this.#progressedAt;
    this.#progressed = true;
  };

  end(): void {
    clearInterval(this.#timer);
  }

  /** The failure of an attempt that is retried. */
  retry(error: unknown): Error {
    // The next attempt needs the time of the last progress and what failed, to know when to give up.
    this.#failure = this.#repeated(error);
    this.#beat();
    const requested = error instanceof RetryableError ? error.retryAfterMs : undefined;
    return toFailure(error, false, [], requested ?? (this.#progressed ? PROGRESS_RETRY_MS : undefined));
  }

  /** Whether a retry cannot help, or retries made no progress for too long. */
  givesUpOn(error: unknown): boolean {
    if (this.#cancelled.aborted || error instanceof CancelledFailure) return false;
    if (error instanceof FinalError || !(error instanceof LockstepError)) return true;
    const patience = error.code === 'claim_busy' ? MAX_CLAIM_WAIT_MS : MAX_STALL_MS;
    if (Date.now() - this.#progressedAt > patience) return true;
    const failure = this.#repeated(error);
    return failure !== undefined && isHopeless(failure, Date.now());
  }

  /** Undefined when somebody else says how long to wait: the service, or the holder of a claim. */
  #repeated(error: unknown): RepeatedFailure | undefined {
    if (!(error instanceof LockstepError) || error.code === 'claim_busy') return undefined;
    if (error instanceof RetryableError && error.retryAfterMs !== undefined) return undefined;
    const synced = this.#countSynced() > this.#syncedBefore;
    return repeatFailure(this.#failure, { code: error.code, synced, now: Date.now() });
  }
}

const hangError = (): RetryableError =>
  new RetryableError(
    'no_progress',
    `no progress for ${MAX_SILENCE_MS / 60_000} minutes, so it was ended: see the worker's log, and restart the worker if this happens again`,
  );

/** Runs `work` as an activity that heartbeats, and gives up when it stalls. */
export async function runAttempt<T>(work: (attempt: ActivityAttempt<null>) => Promise<T>): Promise<T> {
  const attempt = new ActivityAttempt<null>(null);
  try {
    return await attempt.run(() => work(attempt));
  } catch (error) {
    throw attempt.givesUpOn(error) ? toFailure(error, true) : attempt.retry(error);
  } finally {
    attempt.end();
  }
}

/** The failure for Temporal: a code, one line, and whether to retry. The stack of an unexpected error is only logged. */
export function toFailure(error: unknown, final: boolean, details: unknown[] = [], retryAfterMs?: number): Error {
  if (error instanceof CancelledFailure) return error;
  if (error instanceof Error && !(error instanceof LockstepError)) log.error(messageOf(error), { stack: error.stack });
  return ApplicationFailure.create({
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
    type: error instanceof LockstepError ? error.code : 'internal',
    message: messageOf(error),
    nonRetryable: final,
    // A failure that is retried is logged in one line by `sync-reports.ts`.
    ...(final ? {} : { category: ApplicationFailureCategory.BENIGN }),
    details,
  });
}

export const messageOf = (error: unknown): string =>
  error instanceof LockstepError
    ? error.message
    : `unexpected: ${error instanceof Error ? error.message : String(error)}`;
