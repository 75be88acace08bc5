import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Game, type GameName, games } from './games.ts';
import { doJobs, type Job, NOTHING, type Result, sum } from './jobs.ts';
import { checkPlanner } from './planner.ts';

/**
 * npm run simulate -- --seeds 10000   plays seeds 1 to 10000 in all worlds, each twice, in several processes
 * npm run simulate -- --seed 17       replays one and shows its steps and its shrunk history
 * npm run simulate -- --planted       shows which seed finds each planted bug
 * npm run simulate -- --planner 1000000   checks that many random decisions against the laws
 *
 * There are three worlds: `--world records` (pages and rows with the fields of the built-in ten), `--world spanish` (the same
 * with the fields of an owner's five databases), and `--world calendars` (tasks, Google's calendars and the trigger).
 * `--definition spanish` plays the second one only, `--definition built-in` the others. `--seed` plays records by default.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    planted: { type: 'boolean', default: false },
    planner: { type: 'string' },
    world: { type: 'string' },
    definition: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
  },
});

const SEEDS_PER_JOB = 100;
const MAX_SEEDS = 10_000;

const definitionOf = (name: GameName): string => (name === 'spanish' ? 'spanish' : 'built-in');
const names = (Object.keys(games) as GameName[])
  .filter((name) => values.world === undefined || name === values.world)
  .filter((name) => values.definition === undefined || definitionOf(name) === values.definition);
const [first] = names;
if (first === undefined)
  throw new Error('--world is records, spanish or calendars; --definition is built-in (records, calendars) or spanish');

if (values.planner) planMany(Number(values.planner));
else if (values.planted) await showPlanted();
else if (values.seed) await replay(games[first], Number(values.seed));
else for (const name of names) await playMany(games[name], Number(values.from), Number(values.seeds));

async function playMany(game: Game, from: number, count: number): Promise<void> {
  const jobs: Job[] = [];
  for (let at = from; at < from + count; at += SEEDS_PER_JOB) {
    jobs.push({ kind: 'play', game: game.name, from: at, count: Math.min(SEEDS_PER_JOB, from + count - at) });
  }
  let totals = NOTHING;
  const failures: NonNullable<Result['failure']>[] = [];
  const startedAt = performance.now();
  await doJobs(jobs, Number(values.processes), (result) => {
    totals = sum(totals, result.totals);
    if (result.failure) failures.push(result.failure);
  });
  const [failure] = failures.sort((a, b) => a.seed - b.seed);
  if (failure) return report(game, failure);
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${game.name}: ${totals.seeds} seeds, each twice with the same trace, are clean: ${totals.steps} steps, ` +
      `${totals.crashes} crashes, ${totals.adopted} adoptions, ${totals.conflicts} conflicts, in ${seconds.toFixed(1)} s ` +
      `(${(totals.seeds / seconds).toFixed(1)} seeds a second)`,
  );
}

function planMany(count: number): void {
  const startedAt = performance.now();
  const { conflicts } = checkPlanner(count);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${count} decisions, ${conflicts} of them conflicts, obey every law, in ${seconds} s`);
}

async function report(game: Game, { seed, broken }: NonNullable<Result['failure']>): Promise<void> {
  console.error(`seed ${seed} fails: ${broken.join('; ')}`);
  console.error(JSON.stringify(await game.shrink(seed), null, 2));
  console.error(`replay it with: npm run simulate -- --world ${game.name} --seed ${seed}`);
  process.exitCode = 1;
}

async function replay(game: Game, seed: number): Promise<void> {
  const { trace, broken } = await game.play(seed);
  console.log(trace.join('\n'));
  if (broken.length > 0) await report(game, { seed, broken });
  else console.log(`seed ${seed} has no violations`);
}

/** A table of the planted bugs and the seeds that find them. */
async function showPlanted(): Promise<void> {
  const bugs = names.flatMap((game) => games[game].bugs.map((bug) => ({ game, bug })));
  const jobs = bugs.map((of): Job => ({ kind: 'find bug', ...of, maxSeeds: MAX_SEEDS }));
  const seeds = new Map<string, number | null>();
  await doJobs(jobs, Number(values.processes), ({ job, foundBy }) => {
    if (job.kind === 'find bug') seeds.set(`${job.game} ${job.bug}`, foundBy);
  });
  const width = Math.max(...bugs.map(({ bug }) => bug.length));
  console.log(`${'Planted bug'.padEnd(width)}  World      Found by seed`);
  for (const { game, bug } of bugs) {
    const seed = seeds.get(`${game} ${bug}`) ?? null;
    console.log(`${bug.padEnd(width)}  ${game.padEnd(9)}  ${seed ?? `none of ${MAX_SEEDS}`}`);
    if (seed === null) process.exitCode = 1;
  }
}
