import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { FinalError, LockstepError, RetryableError } from '../errors.ts';

const HEARTBEAT_MS = 2_000;
/** A sync to which nobody answers for this long gives up, until the next cycle: a minute and a half. */
const PATIENCE_MS = 90_000;

/** What a heartbeat tells the next attempt. */
interface Heartbeat<T> {
  readonly progressedAt: number;
  readonly carried: T;
}

/**
 * One attempt of a long activity: heartbeats while the process lives (every
 * request has its own time limit, so a hung one ends by itself), and knows since
 * when nothing moved, over attempts and workers.
 */
export class Attempt<T> {
  readonly signal: AbortSignal;
  /** What the attempt before had come to. */
  readonly carried: T;
  #progressedAt: number;
  #progressed = false;
  readonly #timer: NodeJS.Timeout;

  /** @param told what of it a heartbeat tells the next attempt */
  constructor(initial: T, told: (carried: T) => T = (carried) => carried) {
    const { info, cancellationSignal } = Context.current();
    const before = info.heartbeatDetails as Heartbeat<T> | undefined;
    this.signal = cancellationSignal;
    this.carried = before?.carried ?? initial;
    this.#progressedAt = before?.progressedAt ?? info.scheduledTimestampMs;
    const context = Context.current();
    const beat = (): void =>
      context.heartbeat({ progressedAt: this.#progressedAt, carried: told(this.carried) } satisfies Heartbeat<T>);
    this.#timer = setInterval(beat, HEARTBEAT_MS);
    beat();
  }

  /** Something was achieved. Throws when the activity was cancelled. */
  readonly progress = (): void => {
    this.signal.throwIfAborted();
    this.#progressedAt = Date.now();
    this.#progressed = true;
  };

  end(): void {
    clearInterval(this.#timer);
  }

  /** How an attempt that is to be followed by another ends. */
  retry(error: unknown): Error {
    const asked = error instanceof RetryableError ? error.retryAfterMs : undefined;
    return toFailure(error, false, [], asked ?? (this.#progressed ? SOON_MS : undefined));
  }

  /** Whether trying again is pointless, or was tried for long enough. */
  givesUpOn(error: unknown): boolean {
    if (this.signal.aborted || error instanceof CancelledFailure) return false;
    if (error instanceof FinalError || !(error instanceof LockstepError)) return true;
    return Date.now() - this.#progressedAt > PATIENCE_MS;
  }
}

/** Where an attempt came further than the one before, the next need not wait long. */
const SOON_MS = 1_000;

/**
 * What Temporal is told: the type, one line, and whether to try again. Where a fault of ours happened stands in the log
 * alone.
 */
export function toFailure(error: unknown, final: boolean, details: unknown[] = [], retryAfterMs?: number): Error {
  if (error instanceof CancelledFailure) return error;
  if (error instanceof Error && !(error instanceof LockstepError)) log.error(messageOf(error), { stack: error.stack });
  return ApplicationFailure.create({
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
    type: error instanceof LockstepError ? error.code : 'internal',
    message: messageOf(error),
    nonRetryable: final,
    // What is tried again is no failure yet: `sync-reports.ts` says it in one line.
    ...(final ? {} : { category: ApplicationFailureCategory.BENIGN }),
    details,
  });
}

export const messageOf = (error: unknown): string =>
  error instanceof LockstepError
    ? error.message
    : `unexpected: ${error instanceof Error ? error.message : String(error)}`;
