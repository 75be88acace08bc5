import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import { exitCodes } from './exit.ts';

const PAUSE_MS = 2_000;
/** Home, and everything after it forgotten: less flicker than clearing first. */
const REDRAW = '\x1b[H\x1b[J';

/**
 * Prints what `look` says again and again, on a terminal in the same place, until SIGINT or SIGTERM. What fails for
 * an expected reason is said, and tried again.
 */
export async function everyFewSeconds(look: () => Promise<string>): Promise<number> {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  while (!end.signal.aborted) {
    const said = await look().catch(expected);
    if (end.signal.aborted) break;
    console.log(process.stdout.isTTY ? `${REDRAW}${said}` : said);
    await sleep(PAUSE_MS, undefined, { signal: end.signal }).catch(() => undefined);
  }
  return exitCodes.ok;
}

function expected(error: unknown): string {
  if (error instanceof LockstepError) return `lockstep: ${error.message}`;
  throw error;
}
