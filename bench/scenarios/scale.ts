import { cpus } from 'node:os';
import { pin } from '../child.ts';
import { bulk, definition } from '../definition.ts';
import { startEmulator } from '../emulator.ts';
import { startLockstep } from '../lockstep.ts';
import { type Measured, measure } from '../measure.ts';
import { cpuSecondsByThread, peakMegabytes } from '../process-usage.ts';
import { profileClock } from '../profile.ts';
import { atLeast, atMost, type Bench, type Scenario, toRun } from '../scenario.ts';
import { UNLIMITED } from '../side-by-side.ts';

/** Everything but the worker runs on the other cores. */
const WORKER_CORE = '0';

/** Many rows without latency, so that only the engine's own cost is measured. */
export const scale: Scenario = {
  name: 'scale',
  run: async (bench) => {
    const [few, many] = bench.quick ? [1_000, 10_000] : [10_000, 100_000];
    const small = await readRows(bench, few, false);
    const large = await readRows(bench, many, true);
    const perRow = (large.cpuSeconds / many) * 1e6;
    return {
      runs: [
        toRun(`${few.toLocaleString('en')} rows, latency 0`, 'Lockstep', small),
        toRun(`${many.toLocaleString('en')} rows, latency 0`, 'Lockstep', large),
      ],
      targets: [
        atLeast('scale: rows arrived', large.rows, many),
        atMost('scale: worker time per row, inbound', perRow, 200, 'µs'),
        atMost('scale: peak resident memory, including the start', large.peakEver, 350, 'MB'),
        atMost('scale: worker time for ten times the rows', large.cpuSeconds / small.cpuSeconds, 11, '×'),
      ],
      profiledSince: large.since,
      notes: [
        `Worker time is user and system time of the whole worker process${bench.canPin ? ', pinned to one core' : ''}: ${small.cpuSeconds.toFixed(1)} s for ${few.toLocaleString('en')} rows, ${large.cpuSeconds.toFixed(1)} s for ${many.toLocaleString('en')}. Each links to two others.`,
        `By thread: ${describeThreads(large.threads)}.${bench.profileFolder ? ' Profiling takes additional time.' : ''}`,
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
  /** The start, by `profileClock`. */
  readonly since: number;
  /** Names, with CPU time in seconds. */
  readonly threads: readonly (readonly [string, number])[];
  /** Peak memory since the worker's start. */
  readonly peakEver: number;
}

async function readRows(bench: Bench, rows: number, profiled: boolean): Promise<Scale> {
  const { servers, profileFolder, canPin, log } = bench;
  log(`scale: ${rows} rows`);
  const emulator = await startEmulator({ ...definition.linked, [bulk.name]: rows });
  await emulator.configure(UNLIMITED);
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
    await lockstep.cycle({ entities: Object.keys(definition.linked) });
    const startPeak = peakMegabytes(lockstep.pid);
    const since = profileClock();
    const threadsBefore = cpuSecondsByThread(lockstep.pid);
    const reading = await measure({ ...lockstep, emulator }, () =>
      lockstep.cycle({ names: [`${bulk.name}-notion-to-sql`] }),
    );
    const threads = [...cpuSecondsByThread(lockstep.pid)].map(
      ([name, seconds]) => [name, seconds - (threadsBefore.get(name) ?? 0)] as const,
    );
    const { rows: counted } = await lockstep.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${bulk.table}`,
    );
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
