import type { Measured } from './measure.ts';
import type { Design } from './peer.ts';
import type { Servers } from './servers.ts';

/** The input of a scenario. */
export interface Bench {
  readonly servers: Servers;
  readonly quick: boolean;
  /** The folder for CPU profiles, if requested. */
  readonly profileFolder: string | undefined;
  /** Whether a worker can be pinned to a core. */
  readonly canPin: boolean;
  log(line: string): void;
}

export interface Scenario {
  readonly name: string;
  run(bench: Bench): Promise<Findings>;
}

export interface Findings {
  readonly runs: readonly Run[];
  readonly targets: readonly Target[];
  /** Printed below the table. */
  readonly notes?: readonly string[];
  /** The start of the profiled part, by `profileClock`. */
  readonly profiledSince?: number | undefined;
  /** The scenarios that ended with an error. */
  readonly failures?: readonly Failure[];
}

export interface Failure {
  readonly scenario: string;
  /** The error, with its stack. */
  readonly reason: string;
}

/** One row of the table. */
export interface Run extends Measured {
  readonly what: string;
  readonly who: 'Lockstep' | Design;
  /** The least possible. */
  readonly leastRequests?: number;
  readonly leastSeconds?: number;
  /** Events in Temporal's histories. */
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

/** The columns of the table. */
export const toRun = (
  what: string,
  who: Run['who'],
  { seconds, requests, peakMegabytes, cpuSeconds }: Measured,
  more: Pick<Run, 'leastRequests' | 'leastSeconds' | 'events'> = {},
): Run => ({ what, who, seconds, requests, peakMegabytes, cpuSeconds, ...more });

/** A scenario that fails is reported as failed; the others run. */
export async function attempt({ name, run }: Scenario, bench: Bench): Promise<Findings> {
  try {
    return await run(bench);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { runs: [], targets: [], failures: [{ scenario: name, reason }] };
  }
}

export function combine(all: readonly Findings[]): Findings {
  return {
    runs: all.flatMap(({ runs }) => runs),
    targets: all.flatMap(({ targets }) => targets),
    notes: all.flatMap(({ notes = [] }) => notes),
    profiledSince: all.find(({ profiledSince }) => profiledSince !== undefined)?.profiledSince,
    failures: all.flatMap(({ failures = [] }) => failures),
  };
}
