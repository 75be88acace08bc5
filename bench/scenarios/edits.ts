import { entities } from '../definition.ts';
import { choosePages, countInNotion, countInSql, editInNotion, editInSql } from '../edits.ts';
import { measure } from '../measure.ts';
import { atLeast, atMost, type Bench, type Findings, type Scenario, toRun } from '../scenario.ts';
import { prepareBoth, type SideBySide, withBoth } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

const QUERIES = entities.length;
/** On each side. */
const BALANCED = 5 * entities.length;
const SCATTERED = 6 * entities.length;
const balancedLabel = `${BALANCED} + ${BALANCED} edits`;
const scatteredLabel = `${SCATTERED} SQL edits`;
const EDITED_NOW = ', sql_edited_at = clock_timestamp()';

/** Edits on both sides, of different records in all databases. */
export const edits: Scenario = {
  name: 'edits',
  run: (bench) =>
    withBoth(bench, spread(bench.quick ? 200 : 2_000), async (both) => {
      await prepareBoth(both);
      const balanced = await runWithEdits(bench, both, { label: balancedLabel, inNotion: 5, inSql: 5, from: 0 });
      // The next cycle lists Lockstep's own writes once. They are not part of the next measurement.
      await both.lockstep.cycle();
      await both.classic.cycle();
      await waitForBudgets(both);
      const scattered = await runWithEdits(bench, both, { label: scatteredLabel, inNotion: 0, inSql: 6, from: 10 });
      const [balancedRun] = balanced.runs;
      const [scatteredRun] = scattered.runs;
      return {
        runs: [...balanced.runs, ...scattered.runs],
        targets: [
          ...balanced.targets,
          ...scattered.targets,
          atMost(
            `${balancedLabel}: requests ÷ least with a read of each page before its write`,
            ratio(balancedRun?.requests, QUERIES + 2 * BALANCED),
            1.05,
          ),
          atMost(`${SCATTERED} scattered SQL edits: sent in`, scatteredRun?.seconds ?? Number.NaN, 5, 's'),
        ],
        notes: [
          `Least for ${balancedLabel}: ${QUERIES} queries return the edits in Notion, and each of the edits in SQL is one PATCH. Notion has no conditional write, so a client that never overwrites an unseen edit reads each page first, with a GET: ${QUERIES + 2 * BALANCED}. (Pages with a body are read for it as well. Compared with writes only, ${QUERIES + BALANCED}, it is ${ratio(balancedRun?.requests, QUERIES + BALANCED).toFixed(2)}.)`,
        ],
      };
    }),
};

const ratio = (requests: number | undefined, least: number): number => (requests ?? Number.NaN) / least;

async function waitForBudgets({ lockstep, classic }: SideBySide): Promise<void> {
  await lockstep.resetBudget();
  await Promise.all([lockstep, classic].map(({ emulator }) => emulator.control('resetBudget', {})));
}

interface EditPlan {
  readonly label: string;
  /** Per database. */
  readonly inNotion: number;
  readonly inSql: number;
  readonly from: number;
}

async function runWithEdits(bench: Bench, both: SideBySide, plan: EditPlan): Promise<Findings> {
  bench.log(`edits: ${plan.label}`);
  const sides = await Promise.all(
    [both.lockstep, both.classic].map(async (side) => ({
      side,
      notionEdits: await choosePages(side.emulator, plan.inNotion, plan.from, 'edited in Notion'),
      sqlEdits: await choosePages(side.emulator, plan.inSql, plan.from + plan.inNotion, 'edited in SQL'),
    })),
  );
  const runs = [];
  let arrived = 0;
  let edited = 0;
  for (const { side, notionEdits, sqlEdits } of sides) {
    const isLockstep = side === both.lockstep;
    await editInNotion(side.emulator, notionEdits);
    await editInSql(side.pool, sqlEdits, isLockstep ? '' : EDITED_NOW);
    const cycle = await measure(side, () => side.cycle());
    runs.push(
      toRun(plan.label, isLockstep ? 'Lockstep' : 'classic', cycle, { leastRequests: QUERIES + sqlEdits.length }),
    );
    if (!isLockstep) continue;
    edited = notionEdits.length + sqlEdits.length;
    arrived = (await countInSql(side.pool, notionEdits)) + (await countInNotion(side.emulator, sqlEdits));
  }
  return { runs, targets: [atLeast(`${plan.label}: arrived on the other side`, arrived, edited)] };
}
