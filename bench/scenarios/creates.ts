import type { DatabaseSummary } from 'notion-emulator';
import type pg from 'pg';
import { entities } from '../definition.ts';
import { textField, titleOf } from '../edits.ts';
import type { Emulator } from '../emulator.ts';
import { leastSeconds, measure } from '../measure.ts';
import { atLeast, atMost, type Scenario, toRun } from '../scenario.ts';
import { NOTION, prepareBoth, withBoth } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

/** New rows in all tables; each gets a page. */
export const creates: Scenario = {
  name: 'creates',
  run: (bench) =>
    withBoth(bench, spread(200), async (both) => {
      const each = bench.quick ? 5 : 50;
      const rows = each * entities.length;
      bench.log(`creates: ${rows} rows`);
      await prepareBoth(both);
      const before = await countPages(both.lockstep.emulator);
      await insertRows(both.lockstep.pool, each);
      await insertRows(both.classic.pool, each);
      const lockstepRun = await measure(both.lockstep, () => both.lockstep.cycle());
      const created = (await countPages(both.lockstep.emulator)) - before;
      const classicRun = await measure(both.classic, () => both.classic.cycle());
      const what = `${rows} SQL-first rows`;
      const least = {
        leastRequests: rows + entities.length,
        leastSeconds: leastSeconds(rows + entities.length, NOTION),
      };
      return {
        runs: [
          toRun(what, 'Lockstep', lockstepRun, { ...least, events: await lockstepRun.events() }),
          toRun(what, 'classic', classicRun, least),
        ],
        targets: [
          atLeast(`${what}: pages created`, created, rows),
          atMost(`${what}: pages created`, created, rows),
          atMost(`${what}: requests ÷ least`, lockstepRun.requests / least.leastRequests, 1.05),
          // With fewer requests than a minute's budget, only latency counts.
          ...(least.leastSeconds >= 60
            ? [atMost(`${what}: wall time ÷ least`, lockstepRun.seconds / least.leastSeconds, 1.1)]
            : []),
        ],
      };
    }),
};

/** The pages of all databases. */
export async function countPages(emulator: Emulator): Promise<number> {
  const { databases } = await emulator.control<{ databases: DatabaseSummary[] }>('state', {});
  return databases.reduce((sum, { pages }) => sum + pages, 0);
}

/** @param each how many rows in each table */
export async function insertRows(pool: pg.Pool, each: number): Promise<void> {
  for (const entity of entities) {
    await pool.query(
      `INSERT INTO ${entity.table} (${titleOf(entity).column}, ${textField(entity).column})
       SELECT 'created in SQL ' || n, 'Text of a row' FROM generate_series(1, $1::int) n`,
      [each],
    );
  }
}
