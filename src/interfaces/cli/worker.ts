import { readConfig } from '../../config.ts';
import { startWorker } from '../../worker.ts';
import { keepHeapSmall, untilDrained } from './until-drained.ts';

/** Runs a worker of this folder. */
export async function workerCommand(): Promise<number> {
  const config = readConfig();
  keepHeapSmall();
  return untilDrained(await startWorker(config), `worker on task queue ${config.temporal.taskQueue}`);
}
