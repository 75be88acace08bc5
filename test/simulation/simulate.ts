import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { plantedCalendarBugs, plantInCalendars } from './calendar-planted.ts';
import { calendarScenario, calendarScenarioOf, playCalendars } from './calendar-scenario.ts';
import { checkPlanner } from './planner.ts';
import { plant, plantedBugs } from './planted.ts';
import { type Outcome, play, scenario, scenarioOf } from './scenario.ts';

/**
 * npm run simulate -- --seeds 10000   plays seeds 1 to 10000, each twice
 * npm run simulate -- --seed 17       replays one and shows its steps and its shrunk history
 * npm run simulate -- --planted       shows which seed finds each planted bug
 * npm run simulate -- --planner 1000000   checks that many random decisions against the laws
 *
 * With `--calendar` the first three play tasks, Google's calendars and the trigger.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    planted: { type: 'boolean', default: false },
    planner: { type: 'string' },
    calendar: { type: 'boolean', default: false },
  },
});

/** A simulated world and its scenarios. */
interface Game<Given, Parts> {
  /** Its command-line flag. */
  readonly flag: string;
  readonly play: (given: Given, parts?: Parts) => Promise<Outcome>;
  readonly scenario: fc.Arbitrary<Given>;
  readonly scenarioOf: (seed: number) => Given;
  readonly bugs: readonly { readonly name: string; readonly plant: () => Promise<Parts> }[];
}

if (values.planner) planMany(Number(values.planner));
else if (values.calendar) {
  await run({
    flag: ' --calendar',
    play: playCalendars,
    scenario: calendarScenario,
    scenarioOf: calendarScenarioOf,
    bugs: plantedCalendarBugs.map((bug) => ({ name: bug.name, plant: () => plantInCalendars(bug) })),
  });
} else {
  const bugs = plantedBugs.map((bug) => ({ name: bug.name, plant: () => plant(bug) }));
  await run({ flag: '', play, scenario, scenarioOf, bugs });
}

function run<Given, Parts>(game: Game<Given, Parts>): Promise<void> {
  if (values.planted) return countPlanted(game);
  return values.seed ? replay(game, Number(values.seed)) : playMany(game, Number(values.from), Number(values.seeds));
}

async function playMany<Given, Parts>(game: Game<Given, Parts>, from: number, count: number): Promise<void> {
  const { play, scenarioOf } = game;
  const totals = { steps: 0, crashes: 0, adopted: 0, conflicts: 0 };
  const startedAt = performance.now();
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await play(scenarioOf(seed));
    const again = await play(scenarioOf(seed));
    if (outcome.broken.length > 0) return report(game, seed, outcome);
    if (again.trace.join() !== outcome.trace.join())
      return report(game, seed, { ...outcome, broken: ['the second run took different steps'] });
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
  console.log(`${count} decisions, ${conflicts} of them conflicts, obey every law, in ${seconds} s`);
}

async function report<Given, Parts>(
  game: Game<Given, Parts>,
  seed: number,
  { broken }: Pick<Outcome, 'broken'>,
): Promise<void> {
  console.error(`seed ${seed} fails: ${broken.join('; ')}`);
  console.error(JSON.stringify(await shrunk(game, seed), null, 2));
  console.error(`replay it with: npm run simulate --${game.flag} --seed ${seed}`);
  process.exitCode = 1;
}

async function replay<Given, Parts>(game: Game<Given, Parts>, seed: number): Promise<void> {
  const outcome = await game.play(game.scenarioOf(seed));
  console.log(outcome.trace.join('\n'));
  if (outcome.broken.length > 0) await report(game, seed, outcome);
  else console.log(`seed ${seed} has no violations`);
}

/** The smallest history that still fails. */
async function shrunk<Given, Parts>({ play, scenario }: Game<Given, Parts>, seed: number): Promise<Given | undefined> {
  const property = fc.asyncProperty(scenario, async (given) => (await play(given)).broken.length === 0);
  const { counterexample } = await fc.check(property, { seed, numRuns: 1 });
  return counterexample?.[0];
}

async function countPlanted<Given, Parts>({ play, scenarioOf, bugs }: Game<Given, Parts>): Promise<void> {
  for (const bug of bugs) {
    const planted = await bug.plant();
    let seed = 1;
    const isCaught = async (): Promise<boolean> =>
      play(scenarioOf(seed), planted).then(
        ({ broken }) => broken.length > 0,
        () => true,
      );
    while (!(await isCaught())) seed += 1;
    console.log(`${bug.name}: found by seed ${seed}`);
  }
}
