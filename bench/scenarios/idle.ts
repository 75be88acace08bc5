import { entities } from '../definition.ts';
import { measure, median } from '../measure.ts';
import { atLeast, atMost, type Bench, type Findings, type Scenario, toRun } from '../scenario.ts';
import { prepareBoth, withBoth } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

const CYCLES = 3;
/** One query per data source. */
const LEAST_REQUESTS = entities.length;

/** A cycle without changes, as most cycles are. */
export const idle: Scenario = {
  name: 'idle',
  run: async (bench) => {
    const [few, many] = bench.quick ? [200, 1_000] : [2_000, 10_000];
    const small = await idleAt(bench, few, 8);
    const large = await idleAt(bench, many, 25);
    return {
      runs: [...small.runs, ...large.runs],
      targets: [...small.targets, ...large.targets],
      notes: [`Lockstep's idle cycle is the median of ${CYCLES}.`],
    };
  },
};

const idleAt = (bench: Bench, records: number, fasterAtLeast: number): Promise<Findings> =>
  withBoth(bench, spread(records), async (both) => {
    bench.log(`idle: ${records} records`);
    await prepareBoth(both);
    const cycles = [];
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      await both.lockstep.resetBudget();
      cycles.push(await measure(both.lockstep, () => both.lockstep.cycle()));
    }
    const seconds = median(cycles.map((cycle) => cycle.seconds));
    const lockstepRun = cycles.find((cycle) => cycle.seconds === seconds);
    if (!lockstepRun) throw new Error('no cycle was measured');
    const classicRun = await measure(both.classic, () => both.classic.cycle());
    const what = `idle, ${records.toLocaleString('en')} records`;
    const events = await lockstepRun.events();
    return {
      runs: [
        toRun(what, 'Lockstep', lockstepRun, { leastRequests: LEAST_REQUESTS, events }),
        toRun(what, 'classic', classicRun, { leastRequests: LEAST_REQUESTS }),
      ],
      targets: [
        atLeast(
          `${what}: faster than the classic design`,
          classicRun.seconds / lockstepRun.seconds,
          fasterAtLeast,
          '×',
        ),
        atMost(`${what}: requests`, lockstepRun.requests, LEAST_REQUESTS),
        atMost(`${what}: Temporal events`, events, 200),
      ],
    };
  });
