import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { type Engine, engine } from './engine.ts';
import { checkPlanner } from './planner.ts';
import { plant, plantedBugs } from './planted.ts';
import { type Outcome, play, type Scenario, scenario, scenarioOf } from './scenario.ts';

/**
 * npm run simulate -- --seeds 10000   plays seeds 1 to 10000, each twice
 * npm run simulate -- --seed 17       replays one, and shows its steps and its shrunk history
 * npm run simulate -- --planted       counts the seeds that each planted bug survives
 * npm run simulate -- --planner 1000000   holds as many cases of the pure planner against its laws
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    planted: { type: 'boolean', default: false },
    planner: { type: 'string' },
  },
});

if (values.planner) planMany(Number(values.planner));
else if (values.planted) await countPlanted();
else if (values.seed) await replay(Number(values.seed));
else await playMany(Number(values.from), Number(values.seeds));

async function playMany(from: number, count: number): Promise<void> {
  const totals = { steps: 0, crashes: 0, adopted: 0, conflicts: 0 };
  const startedAt = performance.now();
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await play(scenarioOf(seed));
    const again = await play(scenarioOf(seed));
    if (outcome.broken.length > 0) return report(seed, outcome);
    if (again.trace.join() !== outcome.trace.join())
      return report(seed, { ...outcome, broken: ['the second run took other steps'] });
    totals.steps += outcome.trace.length;
    totals.crashes += outcome.crashes;
    totals.adopted += outcome.adopted;
    totals.conflicts += outcome.conflicts;
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(
    `${count} seeds, each twice with the same trace, are clean: ${totals.steps} steps, ${totals.crashes} crashes, ` +
      `${totals.adopted} adoptions, ${totals.conflicts} conflicts, in ${seconds} s`,
  );
}

function planMany(count: number): void {
  const startedAt = performance.now();
  const { conflicts } = checkPlanner(count);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${count} cases of the planner, ${conflicts} of them conflicts, keep every law, in ${seconds} s`);
}

async function report(seed: number, { broken }: Pick<Outcome, 'broken'>): Promise<void> {
  console.error(`seed ${seed} fails: ${broken.join('; ')}`);
  console.error(JSON.stringify(await shrunk(seed), null, 2));
  console.error(`replay it alone: npm run simulate -- --seed ${seed}`);
  process.exitCode = 1;
}

async function replay(seed: number): Promise<void> {
  const outcome = await play(scenarioOf(seed));
  console.log(outcome.trace.join('\n'));
  if (outcome.broken.length > 0) await report(seed, outcome);
  else console.log(`seed ${seed} is clean`);
}

/** The smallest history that still fails. */
async function shrunk(seed: number, by: Engine = engine): Promise<Scenario | undefined> {
  const property = fc.asyncProperty(scenario, async (given) => (await play(given, by)).broken.length === 0);
  const { counterexample } = await fc.check(property, { seed, numRuns: 1 });
  return counterexample?.[0];
}

async function countPlanted(): Promise<void> {
  for (const bug of plantedBugs) {
    const planted = await plant(bug);
    let seed = 1;
    const isCaught = async (): Promise<boolean> =>
      play(scenarioOf(seed), planted).then(
        ({ broken }) => broken.length > 0,
        () => true,
      );
    while (!(await isCaught())) seed += 1;
    console.log(`${bug.name}: caught by seed ${seed}`);
  }
}
