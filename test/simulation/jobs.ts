import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type GameName, games } from './games.ts';

/** A part of the work, for one of several processes. */
export type Job =
  | { readonly kind: 'play'; readonly game: GameName; readonly from: number; readonly count: number }
  | { readonly kind: 'find bug'; readonly game: GameName; readonly bug: string; readonly maxSeeds: number };

export interface Result {
  readonly job: Job;
  /** The steps of all seeds, and other counts. */
  readonly totals: Totals;
  /** The first seed that fails, and why. */
  readonly failure: { readonly seed: number; readonly broken: readonly string[] } | null;
  /** The seed that finds a planted bug. */
  readonly foundBy: number | null;
}

export interface Totals {
  readonly seeds: number;
  readonly steps: number;
  readonly crashes: number;
  readonly adopted: number;
  readonly conflicts: number;
}

export const NOTHING: Totals = { seeds: 0, steps: 0, crashes: 0, adopted: 0, conflicts: 0 };

export const sum = (a: Totals, b: Totals): Totals => ({
  seeds: a.seeds + b.seeds,
  steps: a.steps + b.steps,
  crashes: a.crashes + b.crashes,
  adopted: a.adopted + b.adopted,
  conflicts: a.conflicts + b.conflicts,
});

/** Does a job in this process: each seed is played twice, and must take the same steps. */
export async function doJob(job: Job): Promise<Result> {
  const game = games[job.game];
  if (job.kind === 'find bug') {
    return { job, totals: NOTHING, failure: null, foundBy: await game.findBug(job.bug, job.maxSeeds) };
  }
  let totals = NOTHING;
  for (let seed = job.from; seed < job.from + job.count; seed += 1) {
    const first = await game.play(seed);
    const second = first.broken.length > 0 ? first : await game.play(seed);
    const isSame = second.trace.join() === first.trace.join();
    const broken = isSame ? first.broken : ['the second run took different steps'];
    if (broken.length > 0) return { job, totals, failure: { seed, broken }, foundBy: null };
    const { trace, crashes, adopted, conflicts } = first;
    totals = sum(totals, { seeds: 1, steps: trace.length, crashes, adopted, conflicts });
  }
  return { job, totals, failure: null, foundBy: null };
}

/** Does jobs in several processes, in any order. A failure stops those that have not begun. */
export async function doJobs(jobs: readonly Job[], processes: number, onResult: (result: Result) => void) {
  const waiting = [...jobs];
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(new URL('job-process.ts', import.meta.url)));
      const next = (): void => {
        const job = waiting.shift();
        if (job) child.send(job);
        else child.disconnect();
      };
      child.on('message', (result: Result) => {
        onResult(result);
        if (result.failure) waiting.length = 0;
        next();
      });
      child.on('error', reject);
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a process ended with code ${code}`))));
      next();
    });
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, worker));
}
