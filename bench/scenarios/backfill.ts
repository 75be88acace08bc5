import { setTimeout as sleep } from 'node:timers/promises';
import type { ExactPage } from 'notion-emulator';
import { tasks } from '../../src/entities/tasks.ts';
import { countInSql, type Edit, editInNotion } from '../edits.ts';
import { leastSeconds, measured } from '../measure.ts';
import { atLeast, atMost, type Scenario, toRun } from '../scenario.ts';
import { beNotion, NOTION, type SideBySide, sideBySide } from '../side-by-side.ts';

const LOOK_MS = 100;
/** The schedule's. */
const CYCLE_SECONDS = 600;

/** The first cycle on a database that is larger than one query can list. */
export const backfill: Scenario = {
  name: 'backfill',
  run: async (bench) => {
    const pages = bench.quick ? 1_200 : 12_000;
    const settings = { queryLimit: bench.quick ? 1_000 : 10_000 };
    return sideBySide(
      bench,
      { tasks: pages },
      async (both) => {
        bench.say(`backfill: ${pages} pages`);
        await beNotion(both);
        const backfilling = measured(both.lockstep, () => both.lockstep.cycle());
        const edits = await editHalfway(both, pages);
        const ours = await backfilling;
        const [arrived] = await Promise.all([edits.arrival, both.lockstep.cycle()]);
        const theirs = await measured(both.classic, () => both.classic.cycle());
        const what = `backfill of ${pages.toLocaleString('en')} pages`;
        const leastRequests = Math.ceil(pages / 100);
        const least = { leastRequests, leastSeconds: leastSeconds(leastRequests, NOTION) };
        const requests = ours.result.syncs.find(({ name }) => name === 'tasks-notion-to-sql')?.requests ?? Number.NaN;
        return {
          runs: [
            toRun(what, 'Lockstep', ours, { ...least, events: await ours.events() }),
            toRun(what, 'classic', theirs, least),
          ],
          targets: [
            atLeast(`${what}: arrived`, await countTasks(both.lockstep), pages),
            atMost(`${what}: requests of its sync ÷ least`, requests / leastRequests, 1.1),
            atMost(
              `${what}: the last of ${edits.count} edits made during it is in SQL after`,
              arrived,
              CYCLE_SECONDS,
              's',
            ),
          ],
          notes: [
            `The classic design got ${await countTasks(both.classic)} of ${pages} pages: it does not know that a query stops at ${settings.queryLimit} results.`,
            'The whole first cycle is timed; it also discovers ten data sources.',
          ],
        };
      },
      settings,
    );
  },
};

async function countTasks({ pool }: SideBySide['lockstep' | 'classic']): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM tasks');
  return rows[0]?.count ?? 0;
}

/** When half is in, a person edits ten pages that were read and ten that were not yet. */
async function editHalfway(
  { lockstep }: SideBySide,
  pages: number,
): Promise<{ readonly count: number; readonly arrival: Promise<number> }> {
  while ((await countTasks(lockstep)) < pages / 2) await sleep(LOOK_MS);
  const all = await lockstep.emulator.control<ExactPage[]>('pages', { database: tasks.databaseId });
  const chosen = [...all.slice(0, 10), ...all.slice(-10)];
  const edits: Edit[] = chosen.map(({ id }) => ({
    entity: tasks,
    pageId: id,
    text: `edited during the backfill ${id}`,
  }));
  await editInNotion(lockstep.emulator, edits);
  const started = performance.now();
  const arrival = (async () => {
    for (;;) {
      const seconds = (performance.now() - started) / 1000;
      if ((await countInSql(lockstep.pool, edits)) === edits.length) return seconds;
      if (seconds > CYCLE_SECONDS) return Number.POSITIVE_INFINITY;
      await sleep(LOOK_MS);
    }
  })();
  return { count: edits.length, arrival };
}
