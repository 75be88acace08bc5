import type { Emulator } from './emulator.ts';
import { cpuSeconds, forgetPeak, peakMegabytes } from './process-usage.ts';

/** What a piece of work took. */
export interface Measured {
  readonly seconds: number;
  /** As the emulator counted them. */
  readonly requests: number;
  readonly peakMegabytes: number;
  /** User and system time of the process. */
  readonly cpuSeconds: number;
}

interface Measurable {
  readonly emulator: Emulator;
  readonly pid: number;
}

/** Measures one process and its emulator while `work` runs; the wall time is the work's own. */
export async function measured<T extends { readonly seconds: number }>(
  { emulator, pid }: Measurable,
  work: () => Promise<T>,
): Promise<T & Measured> {
  await emulator.counts();
  forgetPeak(pid);
  const before = cpuSeconds(pid);
  const done = await work();
  const usage = { cpuSeconds: cpuSeconds(pid) - before, peakMegabytes: peakMegabytes(pid) };
  return { ...done, ...usage, requests: (await emulator.counts()).total };
}

/**
 * The least wall time in seconds for so many requests, one answer's latency
 * included: the budget of a rolling minute is spent in one burst, and again when
 * it is there again, so ⌊(n − 1) ÷ 180⌋ minutes have to pass.
 */
export const leastSeconds = (requests: number, { requestsPerMinute, latencyMs }: Notion): number =>
  Math.floor((requests - 1) / requestsPerMinute) * 60 + latencyMs / 1000;

/** What Notion is like. */
export interface Notion {
  readonly requestsPerMinute: number;
  readonly latencyMs: number;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
