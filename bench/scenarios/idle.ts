import { measured, median } from '../measure.ts';
import { atLeast, atMost, type Bench, type Findings, type Scenario, toRun } from '../scenario.ts';
import { settle, sideBySide } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

const CYCLES = 3;
/** One query for each data source: there is no way to ask for several. */
const LEAST_REQUESTS = 10;

/** Nothing has changed: the cycle that runs 140 times a day. */
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
  sideBySide(bench, spread(records), async (both) => {
    bench.say(`idle: ${records} records`);
    await settle(both);
    const cycles = [];
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      await both.lockstep.forgetRequests();
      cycles.push(await measured(both.lockstep, () => both.lockstep.cycle()));
    }
    const seconds = median(cycles.map((cycle) => cycle.seconds));
    const ours = cycles.find((cycle) => cycle.seconds === seconds);
    if (!ours) throw new Error('no cycle was measured');
    const theirs = await measured(both.classic, () => both.classic.cycle());
    const what = `idle, ${records.toLocaleString('en')} records`;
    const events = await ours.events();
    return {
      runs: [
        toRun(what, 'Lockstep', ours, { leastRequests: LEAST_REQUESTS, events }),
        toRun(what, 'classic', theirs, { leastRequests: LEAST_REQUESTS }),
      ],
      targets: [
        atLeast(`${what}: faster than the classic design`, theirs.seconds / ours.seconds, fasterAtLeast, '×'),
        atMost(`${what}: requests`, ours.requests, LEAST_REQUESTS),
        atMost(`${what}: Temporal events`, events, 200),
      ],
    };
  });
