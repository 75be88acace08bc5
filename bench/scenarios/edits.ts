import { entities } from '../../src/entities/index.ts';
import { choosePages, countInNotion, countInSql, editInNotion, editInSql } from '../edits.ts';
import { measured } from '../measure.ts';
import { atLeast, atMost, type Bench, type Findings, type Scenario, toRun } from '../scenario.ts';
import { type SideBySide, settle, sideBySide } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

const QUERIES = entities.length;
const EDITED_NOW = ', sql_edited_at = clock_timestamp()';

/** Edits on both sides, of different records, all over the ten databases. */
export const edits: Scenario = {
  name: 'edits',
  run: (bench) =>
    sideBySide(bench, spread(bench.quick ? 200 : 2_000), async (both) => {
      await settle(both);
      const balanced = await cycleWith(bench, both, { label: '50 + 50 edits', inNotion: 5, inSql: 5, from: 0 });
      // Our own writes come back once, and are known: not a part of what is measured next.
      await both.lockstep.cycle();
      await both.classic.cycle();
      await waitForBudgets(both);
      const scattered = await cycleWith(bench, both, { label: '60 SQL edits', inNotion: 0, inSql: 6, from: 10 });
      const [ours] = balanced.runs;
      const [late] = scattered.runs;
      return {
        runs: [...balanced.runs, ...scattered.runs],
        targets: [
          ...balanced.targets,
          ...scattered.targets,
          atMost(
            '50 + 50 edits: requests ÷ least with a look at each page before its write',
            ratio(ours?.requests, QUERIES + 100),
            1.05,
          ),
          atMost('60 scattered SQL edits: through in', late?.seconds ?? Number.NaN, 5, 's'),
        ],
        notes: [
          `Least for 50 + 50 edits: 10 queries bring the 50 of Notion, each of the 50 of SQL is one PATCH. Notion has no conditional write, so a client that never writes over an unseen edit looks first, with a GET each: 110. (Five of Notion's edits are of notes, whose bodies are read as well. Against writes alone, 60, it is ${ratio(ours?.requests, QUERIES + 50).toFixed(2)}.)`,
        ],
      };
    }),
};

const ratio = (requests: number | undefined, least: number): number => (requests ?? Number.NaN) / least;

async function waitForBudgets({ lockstep, classic }: SideBySide): Promise<void> {
  await lockstep.forgetRequests();
  await Promise.all([lockstep, classic].map(({ emulator }) => emulator.control('resetBudget', {})));
}

interface EditPlan {
  readonly label: string;
  /** In each database. */
  readonly inNotion: number;
  readonly inSql: number;
  readonly from: number;
}

async function cycleWith(bench: Bench, both: SideBySide, plan: EditPlan): Promise<Findings> {
  bench.say(`edits: ${plan.label}`);
  const sides = await Promise.all(
    [both.lockstep, both.classic].map(async (side) => ({
      side,
      theirs: await choosePages(side.emulator, plan.inNotion, plan.from, 'edited in Notion'),
      ours: await choosePages(side.emulator, plan.inSql, plan.from + plan.inNotion, 'edited in SQL'),
    })),
  );
  const runs = [];
  let arrived = 0;
  let made = 0;
  for (const { side, theirs, ours } of sides) {
    const isLockstep = side === both.lockstep;
    await editInNotion(side.emulator, theirs);
    await editInSql(side.pool, ours, isLockstep ? '' : EDITED_NOW);
    const cycle = await measured(side, () => side.cycle());
    runs.push(toRun(plan.label, isLockstep ? 'Lockstep' : 'classic', cycle, { leastRequests: QUERIES + ours.length }));
    if (!isLockstep) continue;
    made = theirs.length + ours.length;
    arrived = (await countInSql(side.pool, theirs)) + (await countInNotion(side.emulator, ours));
  }
  return { runs, targets: [atLeast(`${plan.label}: arrived on the other side`, arrived, made)] };
}
