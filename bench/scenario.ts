import type { Measured } from './measure.ts';
import type { Servers } from './servers.ts';

/** What a scenario is given. */
export interface Bench {
  readonly servers: Servers;
  readonly quick: boolean;
  /** Where to leave CPU profiles, when they are wanted. */
  readonly profileFolder: string | undefined;
  /** Whether workers can be kept on a core of their own. */
  readonly canPin: boolean;
  say(line: string): void;
}

export interface Scenario {
  readonly name: string;
  run(bench: Bench): Promise<Findings>;
}

export interface Findings {
  readonly runs: readonly Run[];
  readonly targets: readonly Target[];
  /** Said below the table. */
  readonly notes?: readonly string[];
  /** When the part began that a CPU profile is wanted of, by `profileClock`. */
  readonly profiledSince?: number | undefined;
}

/** One row of the table. */
export interface Run extends Measured {
  readonly what: string;
  readonly who: 'Lockstep' | 'classic';
  /** The least that anybody could do with. */
  readonly leastRequests?: number;
  readonly leastSeconds?: number;
  /** Of Temporal. */
  readonly events?: number;
}

export interface Target {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: { readonly atMost: number } | { readonly atLeast: number };
}

export const isMet = ({ value, limit }: Target): boolean =>
  'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast;

export const atMost = (what: string, value: number, most: number, unit = ''): Target => ({
  what,
  value,
  unit,
  limit: { atMost: most },
});

export const atLeast = (what: string, value: number, least: number, unit = ''): Target => ({
  what,
  value,
  unit,
  limit: { atLeast: least },
});

/** Only what a table shows, of something that was measured. */
export const toRun = (
  what: string,
  who: Run['who'],
  { seconds, requests, peakMegabytes, cpuSeconds }: Measured,
  more: Pick<Run, 'leastRequests' | 'leastSeconds' | 'events'> = {},
): Run => ({ what, who, seconds, requests, peakMegabytes, cpuSeconds, ...more });
