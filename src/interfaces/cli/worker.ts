import { setFlagsFromString } from 'node:v8';
import { readConfig } from '../../config.ts';
import { startWatchdog } from '../../observability/watchdog.ts';
import { startWorker } from '../../worker.ts';
import { exitCodes } from './exit.ts';

/**
 * Runs a worker until SIGTERM or SIGINT drains it; a second signal ends it at once. A worker of `lockstep up` also
 * ends when `up` ends.
 */
export async function workerCommand(): Promise<number> {
  const config = readConfig();
  keepHeapSmall();
  const worker = await startWorker(config);
  const drain = (): void => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.off(signal, drain);
      process.once(signal, () => process.exit(exitCodes.failed));
    }
    worker.stop();
  };
  process.on('SIGINT', drain);
  process.on('SIGTERM', drain);
  process.once('disconnect', drain);
  if (process.connected === false && process.send) drain();
  const watchdog = startWatchdog(process.env);
  process.stderr.write(`lockstep: worker on task queue ${config.temporal.taskQueue}\n`);
  await worker.done;
  await watchdog.stop();
  return exitCodes.ok;
}

/**
 * More frequent garbage collection takes a third less memory. V8 reads the first two flags at each collection, and
 * the last one when a thread starts.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--max-semi-space-size=8');
}
