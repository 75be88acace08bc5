import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from './emulator.ts';
import { cpuSeconds, peakMegabytes, resetPeak } from './process-usage.ts';

/** How often something that is waited for is looked at. */
const LOOK_MS = 10;

/** The resources that some work used. */
export interface Measured {
  readonly seconds: number;
  /** Counted by the emulator. */
  readonly requests: number;
  readonly peakMegabytes: number;
  /** User and system time of the process. */
  readonly cpuSeconds: number;
}

interface Measurable {
  readonly emulator: Emulator;
  readonly pid: number;
}

/** Measures one process and its emulator while `work` runs. `work` measures its own wall time. */
export async function measure<T extends { readonly seconds: number }>(
  { emulator, pid }: Measurable,
  work: () => Promise<T>,
): Promise<T & Measured> {
  await emulator.counts();
  resetPeak(pid);
  const before = cpuSeconds(pid);
  const done = await work();
  const usage = { cpuSeconds: cpuSeconds(pid) - before, peakMegabytes: peakMegabytes(pid) };
  return { ...done, ...usage, requests: (await emulator.counts()).total };
}

/**
 * The least wall time in seconds for this many requests, including the latency of one response. The budget of a
 * rolling minute is used in one burst, and again when it is available again, so ⌊(n − 1) ÷ 180⌋ minutes have to pass.
 */
export const leastSeconds = (requests: number, { requestsPerMinute, latencyMs }: Notion): number =>
  Math.floor((requests - 1) / requestsPerMinute) * 60 + latencyMs / 1000;

/** Notion's behavior. */
export interface Notion {
  readonly requestsPerMinute: number;
  readonly latencyMs: number;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** How long it takes until something is so, in seconds; about `maxSeconds` when it does not happen. */
export async function secondsUntil(isDone: () => Promise<boolean>, maxSeconds: number): Promise<number> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  while (!(await isDone()) && elapsed() < maxSeconds) await sleep(LOOK_MS);
  return elapsed();
}
