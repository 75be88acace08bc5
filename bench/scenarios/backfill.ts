import { setTimeout as sleep } from 'node:timers/promises';
import type { ExactPage } from 'notion-emulator';
import { bulk, entities } from '../definition.ts';
import { countInSql, type Edit, editInNotion, textField } from '../edits.ts';
import { leastSeconds, measure } from '../measure.ts';
import { atLeast, atMost, type Scenario, toRun } from '../scenario.ts';
import { behaveLikeNotion, NOTION, type SideBySide, withBoth } from '../side-by-side.ts';

const POLL_MS = 100;
/** The default schedule's interval. */
const CYCLE_SECONDS = 600;

/** The first cycle with a database that has more pages than one query can return. */
export const backfill: Scenario = {
  name: 'backfill',
  run: async (bench) => {
    const pages = bench.quick ? 1_200 : 12_000;
    const settings = { queryLimit: bench.quick ? 1_000 : 10_000 };
    return withBoth(
      bench,
      { [bulk.name]: pages },
      async (both) => {
        bench.log(`backfill: ${pages} pages`);
        await behaveLikeNotion(both);
        const backfilling = measure(both.lockstep, () => both.lockstep.cycle());
        const edits = await editHalfway(both, pages);
        const lockstepRun = await backfilling;
        const [arrived] = await Promise.all([edits.arrival, both.lockstep.cycle()]);
        const classicRun = await measure(both.classic, () => both.classic.cycle());
        const what = `backfill of ${pages.toLocaleString('en')} pages`;
        const leastRequests = Math.ceil(pages / 100);
        const least = { leastRequests, leastSeconds: leastSeconds(leastRequests, NOTION) };
        const requests =
          lockstepRun.result.syncs.find(({ name }) => name === `${bulk.name}-notion-to-sql`)?.requests ?? Number.NaN;
        return {
          runs: [
            toRun(what, 'Lockstep', lockstepRun, { ...least, events: await lockstepRun.events() }),
            toRun(what, 'classic', classicRun, least),
          ],
          targets: [
            atLeast(`${what}: arrived`, await countTasks(both.lockstep), pages),
            atMost(`${what}: requests of its sync ÷ least`, requests / leastRequests, 1.1),
            atMost(`${what}: the last of ${edits.count} edits during it is in SQL after`, arrived, CYCLE_SECONDS, 's'),
          ],
          notes: [
            `The classic design read ${await countTasks(both.classic)} of ${pages} pages: a query returns at most ${settings.queryLimit} results, which it does not handle.`,
            `The time is that of the whole first cycle, which also discovers ${entities.length} data sources.`,
          ],
        };
      },
      settings,
    );
  },
};

async function countTasks({ pool }: SideBySide['lockstep' | 'classic']): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${bulk.table}`);
  return rows[0]?.count ?? 0;
}

/** When half of the pages are in SQL, edits ten pages that were read and ten that were not. */
async function editHalfway(
  { lockstep }: SideBySide,
  pages: number,
): Promise<{ readonly count: number; readonly arrival: Promise<number> }> {
  while ((await countTasks(lockstep)) < pages / 2) await sleep(POLL_MS);
  const all = await lockstep.emulator.control<ExactPage[]>('pages', { database: bulk.databaseId });
  const chosen = [...all.slice(0, 10), ...all.slice(-10)];
  const edits: Edit[] = chosen.map(({ id }) => ({
    entity: bulk,
    pageId: id,
    text: `edited during the backfill ${id}`,
    field: textField(bulk),
  }));
  await editInNotion(lockstep.emulator, edits);
  const started = performance.now();
  const arrival = (async () => {
    for (;;) {
      const seconds = (performance.now() - started) / 1000;
      if ((await countInSql(lockstep.pool, edits)) === edits.length) return seconds;
      if (seconds > CYCLE_SECONDS) return Number.POSITIVE_INFINITY;
      await sleep(POLL_MS);
    }
  })();
  return { count: edits.length, arrival };
}
