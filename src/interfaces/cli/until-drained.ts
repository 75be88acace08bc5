import { setFlagsFromString } from 'node:v8';
import { startWatchdog } from '../../observability/watchdog.ts';
import type { RunningWorker } from '../../worker.ts';
import { exitCodes } from './exit.ts';

/**
 * Waits until SIGTERM or SIGINT has drained what runs; a second signal ends it at once. A worker of `lockstep up` also
 * ends when `up` ends.
 * @param line says what runs
 */
export async function untilDrained(running: RunningWorker, line: string): Promise<number> {
  const drain = (): void => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.off(signal, drain);
      process.once(signal, () => process.exit(exitCodes.failed));
    }
    running.stop();
  };
  process.on('SIGINT', drain);
  process.on('SIGTERM', drain);
  process.once('disconnect', drain);
  if (process.connected === false && process.send) drain();
  const watchdog = startWatchdog(process.env);
  process.stderr.write(`lockstep: ${line}\n`);
  await running.done;
  await watchdog.stop();
  return exitCodes.ok;
}

/**
 * More frequent garbage collection takes a third less memory. V8 reads the first two flags at each collection, and
 * the last one when a thread starts.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--max-semi-space-size=8');
}
