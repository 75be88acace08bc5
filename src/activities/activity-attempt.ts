import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { FinalError, LockstepError, RetryableError } from '../errors.ts';

const HEARTBEAT_MS = 2_000;
/** An activity without progress for this time gives up. The next cycle tries again. */
const MAX_STALL_MS = 90_000;
/** The retry delay after an attempt that made progress. */
const PROGRESS_RETRY_MS = 1_000;

/** What a heartbeat passes to the next attempt. */
interface Heartbeat<T> {
  readonly progressedAt: number;
  readonly carried: T;
}

/**
 * One attempt of a long activity. It sends heartbeats while the process lives (each request has its own timeout, so a
 * request that hangs ends by itself), and knows the time of the last progress across attempts and workers.
 */
export class ActivityAttempt<T> {
  readonly signal: AbortSignal;
  /** State from the previous attempt. */
  readonly carried: T;
  #progressedAt: number;
  #progressed = false;
  readonly #timer: NodeJS.Timeout;

  /** @param toHeartbeat the part of the state that heartbeats pass to the next attempt */
  constructor(initial: T, toHeartbeat: (carried: T) => T = (carried) => carried) {
    const { info, cancellationSignal } = Context.current();
    const previous = info.heartbeatDetails as Heartbeat<T> | undefined;
    this.signal = cancellationSignal;
    this.carried = previous?.carried ?? initial;
    this.#progressedAt = previous?.progressedAt ?? info.scheduledTimestampMs;
    const context = Context.current();
    const beat = (): void =>
      context.heartbeat({
        progressedAt: this.#progressedAt,
        carried: toHeartbeat(this.carried),
      } satisfies Heartbeat<T>);
    this.#timer = setInterval(beat, HEARTBEAT_MS);
    beat();
  }

  /** To be called on each progress. Throws when the activity was cancelled. */
  readonly progress = (): void => {
    this.signal.throwIfAborted();
    this.#progressedAt = Date.now();
    this.#progressed = true;
  };

  end(): void {
    clearInterval(this.#timer);
  }

  /** The failure of an attempt that is retried. */
  retry(error: unknown): Error {
    const requested = error instanceof RetryableError ? error.retryAfterMs : undefined;
    return toFailure(error, false, [], requested ?? (this.#progressed ? PROGRESS_RETRY_MS : undefined));
  }

  /** Whether a retry cannot help, or retries made no progress for too long. */
  givesUpOn(error: unknown): boolean {
    if (this.signal.aborted || error instanceof CancelledFailure) return false;
    if (error instanceof FinalError || !(error instanceof LockstepError)) return true;
    return Date.now() - this.#progressedAt > MAX_STALL_MS;
  }
}

/** Runs `work` as an activity that heartbeats, and gives up when it stalls. */
export async function runAttempt<T>(work: (attempt: ActivityAttempt<null>) => Promise<T>): Promise<T> {
  const attempt = new ActivityAttempt<null>(null);
  try {
    return await work(attempt);
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
