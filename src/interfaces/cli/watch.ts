import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import { exitCodes } from './exit.ts';

const PAUSE_MS = 2_000;
/** Moves to the top left and clears what follows, with less flicker than clearing first. */
const REDRAW = '\x1b[H\x1b[J';

/**
 * Prints the result of `read` every two seconds until SIGINT or SIGTERM; a terminal is redrawn. An expected error is
 * printed instead.
 */
export async function everyFewSeconds(read: () => Promise<string>): Promise<number> {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  while (!end.signal.aborted) {
    const text = await read().catch(expectedMessage);
    if (end.signal.aborted) break;
    if (process.stdout.isTTY) process.stdout.write(REDRAW);
    console.log(text);
    await sleep(PAUSE_MS, undefined, { signal: end.signal }).catch(() => undefined);
  }
  return exitCodes.ok;
}

function expectedMessage(error: unknown): string {
  if (error instanceof LockstepError) return `lockstep: ${error.message}`;
  throw error;
}
