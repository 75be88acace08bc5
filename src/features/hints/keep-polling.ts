import { setTimeout as sleep } from 'node:timers/promises';
import type { Claims } from '../../database/claims.ts';
import { LockstepError } from '../../errors.ts';
import { Backoff } from '../../shared/backoff.ts';

/** A side that is asked for edits. */
export interface Poll {
  readonly name: 'Notion' | 'Google';
  /** Whether it does not report its edits by itself. */
  isNeeded(): Promise<boolean>;
  /** Whether other work needs the requests, so that polls are rare. */
  isBusy(): Promise<boolean>;
  /** Asks once, and gives the hints. @returns whether there was an edit */
  look(signal: AbortSignal): Promise<boolean>;
}

export interface PollTimes {
  readonly everyMs: number;
  /** While nothing is edited, or other work needs the requests. */
  readonly slowEveryMs: number;
  /** Whether the claim is given back after each poll: several workspaces share the connections that claims need. */
  readonly givesClaimBack?: boolean;
}

export interface KeepPollingOptions extends PollTimes {
  readonly claims: Pick<Claims, 'hold'>;
  readonly isPaused: () => Promise<boolean>;
  /** Edits on all sides. */
  readonly activity: Pick<Activity, 'note' | 'isQuiet'>;
  readonly log: HintLog;
  readonly signal: AbortSignal;
}

export interface HintLog {
  info(message: string): void;
  warn(message: string): void;
}

const QUIET_AFTER_MS = 60 * 60_000;
const MAX_BACKOFF_MS = 10 * 60_000;

/** Remembers when the last edit was made. */
export class Activity {
  #lastMs = performance.now();

  note(): void {
    this.#lastMs = performance.now();
  }

  get isQuiet(): boolean {
    return performance.now() - this.#lastMs > QUIET_AFTER_MS;
  }
}

/**
 * Polls until the signal aborts, in one worker at a time: the limit of requests is the deployment's. A failure stops
 * nothing, since the next cycle finds the edits. A lasting one is reported once.
 */
export async function keepPolling(poll: Poll, options: KeepPollingOptions): Promise<void> {
  const { claims, everyMs, log, signal } = options;
  const backoff = new Backoff({ firstMs: everyMs, maxMs: MAX_BACKOFF_MS, jitter: 0.2 });
  let isTroubled = false;
  const last: LastLook = { atMs: Number.NEGATIVE_INFINITY };
  const onGood = ({ looked }: { looked: boolean }): void => {
    if (isTroubled && looked) log.info(`edits in ${poll.name} are noticed within seconds again`);
    isTroubled = false;
    backoff.reset();
  };
  while (!signal.aborted) {
    try {
      await claims.hold(`polls of ${poll.name}`, { signal, claimWait: 0 }, (held) =>
        pollWhileHeld(poll, { ...options, signal: held }, last, onGood),
      );
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof LockstepError && error.code === 'claim_busy') backoff.reset();
      else if (!isTroubled) {
        isTroubled = true;
        log.warn(`edits in ${poll.name} are found by cycles only: ${reasonOf(error)}`);
      }
    }
    await sleep(backoff.next(), undefined, { signal }).catch(() => undefined);
  }
}

interface LastLook {
  atMs: number;
}

async function pollWhileHeld(
  poll: Poll,
  options: KeepPollingOptions,
  last: LastLook,
  onGood: (outcome: { looked: boolean }) => void,
): Promise<void> {
  const { everyMs, givesClaimBack, signal } = options;
  for (; !signal.aborted; await sleep(everyMs, undefined, { signal }).catch(() => undefined)) {
    const outcome = await pollOnce(poll, options, last);
    if (outcome) onGood(outcome);
    if (givesClaimBack) return;
  }
}

/** @returns null when it was left out, for now */
async function pollOnce(
  poll: Poll,
  { slowEveryMs, activity, isPaused, signal }: KeepPollingOptions,
  last: LastLook,
): Promise<{ looked: boolean } | null> {
  if (!(await poll.isNeeded())) return { looked: false };
  if (await isPaused()) return null;
  const isSlow = activity.isQuiet || (await poll.isBusy());
  if (isSlow && performance.now() - last.atMs < slowEveryMs) return null;
  last.atMs = performance.now();
  try {
    if (await poll.look(signal)) activity.note();
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'budget_short') return null;
    throw error;
  }
  return { looked: true };
}

const reasonOf = (error: unknown): string =>
  error instanceof LockstepError ? error.message : `unexpected: ${error instanceof Error ? error.message : error}`;
