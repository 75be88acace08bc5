import { cpus } from 'node:os';
import { pin } from '../child.ts';
import { startEmulator } from '../emulator.ts';
import { startLockstep } from '../lockstep.ts';
import { type Measured, measured } from '../measure.ts';
import { cpuSecondsByThread, peakMegabytes } from '../process-usage.ts';
import { profileClock } from '../profile.ts';
import { atLeast, atMost, type Bench, type Scenario, toRun } from '../scenario.ts';
import { UNLIMITED } from '../side-by-side.ts';

/** The worker's core; everything else keeps to the others. */
const WORKER_CORE = '0';

/** Very many rows while Notion answers at once: what is left is the engine's own cost. */
export const scale: Scenario = {
  name: 'scale',
  run: async (bench) => {
    const [few, many] = bench.quick ? [1_000, 10_000] : [10_000, 100_000];
    const small = await readIn(bench, few, false);
    const large = await readIn(bench, many, true);
    const perRow = (large.cpuSeconds / many) * 1e6;
    return {
      runs: [
        toRun(`${few.toLocaleString('en')} rows, latency 0`, 'Lockstep', small),
        toRun(`${many.toLocaleString('en')} rows, latency 0`, 'Lockstep', large),
      ],
      targets: [
        atLeast('scale: rows arrived', large.rows, many),
        atMost('scale: worker time for a row, inbound', perRow, 200, 'µs'),
        atMost('scale: peak resident memory, the start included', large.peakEver, 350, 'MB'),
        atMost('scale: worker time of ten times the rows', large.cpuSeconds / small.cpuSeconds, 11, '×'),
      ],
      profiledSince: large.since,
      notes: [
        `Worker time is user and system time of the whole worker process${bench.canPin ? ', kept on one core' : ''}: ${small.cpuSeconds.toFixed(1)} s for ${few.toLocaleString('en')} rows, ${large.cpuSeconds.toFixed(1)} s for ${many.toLocaleString('en')}. Each task leads to a project and a tag.`,
        `By thread: ${describeThreads(large.threads)}.${bench.profileFolder ? ' Taking the profile costs time of its own.' : ''}`,
      ],
    };
  },
};

const describeThreads = (threads: Scale['threads']): string =>
  threads
    .filter(([, seconds]) => seconds >= 0.1)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`)
    .join(', ');

interface Scale extends Measured {
  readonly rows: number;
  /** When it began, by `profileClock`. */
  readonly since: number;
  /** Their names, and the seconds that they worked. */
  readonly threads: readonly (readonly [string, number])[];
  /** Since the worker's start. */
  readonly peakEver: number;
}

async function readIn(bench: Bench, rows: number, profiled: boolean): Promise<Scale> {
  const { servers, profileFolder, canPin, say } = bench;
  say(`scale: ${rows} rows`);
  const emulator = await startEmulator({ tags: 100, projects: 500, tasks: rows });
  await emulator.behave(UNLIMITED);
  if (canPin) {
    const others = cpus().length > 2 ? `1-${cpus().length - 1}` : '1';
    servers.pinTo(others);
    pin(emulator.pid, others);
  }
  const lockstep = await startLockstep(servers, emulator, {
    requestsPerMinute: UNLIMITED.requestsPerMinute,
    ...(canPin ? { core: WORKER_CORE } : {}),
    ...(profiled && profileFolder ? { profileFolder } : {}),
  });
  try {
    await lockstep.cycle({ entities: ['tags', 'projects'] });
    const startPeak = peakMegabytes(lockstep.pid);
    const since = profileClock();
    const threadsBefore = cpuSecondsByThread(lockstep.pid);
    const reading = await measured({ ...lockstep, emulator }, () => lockstep.cycle({ names: ['tasks-notion-to-sql'] }));
    const threads = [...cpuSecondsByThread(lockstep.pid)].map(
      ([name, seconds]) => [name, seconds - (threadsBefore.get(name) ?? 0)] as const,
    );
    const { rows: counted } = await lockstep.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM tasks');
    return {
      ...reading,
      since,
      threads,
      rows: counted[0]?.count ?? 0,
      peakEver: Math.max(startPeak, reading.peakMegabytes),
    };
  } finally {
    await lockstep.stop();
    await emulator.stop();
    if (canPin) servers.pinTo(`0-${cpus().length - 1}`);
  }
}
