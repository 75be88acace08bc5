import fc from 'fast-check';
import { plantedCalendarBugs, plantInCalendars } from './calendar-planted.ts';
import { calendarScenario, calendarScenarioOf, playCalendars } from './calendar-scenario.ts';
import { spanishFive } from './entities.ts';
import { plant, plantedBugs, plantedListBugs } from './planted.ts';
import { type Outcome, play, scenario, scenarioIn, scenarioOf } from './scenario.ts';

/** A simulated world, its scenarios and the bugs that are planted in it. */
export interface Game {
  readonly name: GameName;
  /** Plays the scenario of a seed. */
  readonly play: (seed: number) => Promise<Outcome>;
  /** The smallest history that fails like a seed does. */
  readonly shrink: (seed: number) => Promise<unknown>;
  readonly bugs: readonly string[];
  /** @returns the first seed that finds the bug; null if none up to `maxSeeds` does */
  readonly findBug: (bug: string, maxSeeds: number) => Promise<number | null>;
}

export type GameName = 'records' | 'spanish' | 'calendars';

interface Parts<Given, Engine> {
  readonly play: (given: Given, engine?: Engine) => Promise<Outcome>;
  readonly scenario: fc.Arbitrary<Given>;
  readonly scenarioOf: (seed: number) => Given;
  readonly bugs: readonly { readonly name: string; readonly plant: () => Promise<Engine> }[];
}

function toGame<Given, Engine>(name: GameName, { play, scenario, scenarioOf, bugs }: Parts<Given, Engine>): Game {
  return {
    name,
    play: (seed) => play(scenarioOf(seed)),
    shrink: async (seed) => {
      const property = fc.asyncProperty(scenario, async (given) => (await play(given)).broken.length === 0);
      return (await fc.check(property, { seed, numRuns: 1 })).counterexample?.[0];
    },
    bugs: bugs.map((bug) => bug.name),
    findBug: async (wanted, maxSeeds) => {
      const bug = bugs.find((bug) => bug.name === wanted);
      if (!bug) throw new Error(`no planted bug is called ${wanted}`);
      const engine = await bug.plant();
      for (let seed = 1; seed <= maxSeeds; seed += 1) if (await isCaught(play(scenarioOf(seed), engine))) return seed;
      return null;
    },
  };
}

/** A world that does not come to rest is a find, too; an error in the planted text is not. */
async function isCaught(played: Promise<Outcome>): Promise<boolean> {
  try {
    return (await played).broken.length > 0;
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof TypeError || error instanceof SyntaxError) throw error;
    return true;
  }
}

const spanishScenario = scenarioIn(spanishFive);

/** Pages and rows, also of an owner's databases; and tasks, Google's calendars and the trigger. */
export const games: Readonly<Record<GameName, Game>> = {
  records: toGame('records', {
    play,
    scenario,
    scenarioOf,
    bugs: plantedBugs.map((bug) => ({ name: bug.name, plant: () => plant(bug) })),
  }),
  spanish: toGame('spanish', {
    play: (given, by) => play(given, by, spanishFive),
    scenario: spanishScenario,
    scenarioOf: (seed) => scenarioOf(seed, spanishScenario),
    bugs: plantedListBugs.map((bug) => ({ name: bug.name, plant: () => plant(bug) })),
  }),
  calendars: toGame('calendars', {
    play: playCalendars,
    scenario: calendarScenario,
    scenarioOf: calendarScenarioOf,
    bugs: plantedCalendarBugs.map((bug) => ({ name: bug.name, plant: () => plantInCalendars(bug) })),
  }),
};
