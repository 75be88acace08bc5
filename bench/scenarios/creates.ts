import type { DatabaseSummary } from 'notion-emulator';
import type pg from 'pg';
import { notionFields } from '../../src/entities/define.ts';
import { entities } from '../../src/entities/index.ts';
import { textField } from '../edits.ts';
import type { Emulator } from '../emulator.ts';
import { leastSeconds, measured } from '../measure.ts';
import { atLeast, atMost, type Scenario, toRun } from '../scenario.ts';
import { NOTION, settle, sideBySide } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

/** Rows that were made in SQL first, all over the ten tables; each gets a page. */
export const creates: Scenario = {
  name: 'creates',
  run: (bench) =>
    sideBySide(bench, spread(200), async (both) => {
      const each = bench.quick ? 5 : 50;
      const rows = each * entities.length;
      bench.say(`creates: ${rows} rows`);
      await settle(both);
      const before = await countPages(both.lockstep.emulator);
      await insertRows(both.lockstep.pool, each);
      await insertRows(both.classic.pool, each);
      const ours = await measured(both.lockstep, () => both.lockstep.cycle());
      const made = (await countPages(both.lockstep.emulator)) - before;
      const theirs = await measured(both.classic, () => both.classic.cycle());
      const what = `${rows} SQL-first rows`;
      const least = {
        leastRequests: rows + entities.length,
        leastSeconds: leastSeconds(rows + entities.length, NOTION),
      };
      return {
        runs: [
          toRun(what, 'Lockstep', ours, { ...least, events: await ours.events() }),
          toRun(what, 'classic', theirs, least),
        ],
        targets: [
          atLeast(`${what}: pages made`, made, rows),
          atMost(`${what}: pages made`, made, rows),
          atMost(`${what}: requests ÷ least`, ours.requests / least.leastRequests, 1.05),
          // Below a minute's budget only latency counts, and each data source is asked first.
          ...(least.leastSeconds >= 60
            ? [atMost(`${what}: wall time ÷ least`, ours.seconds / least.leastSeconds, 1.1)]
            : []),
        ],
      };
    }),
};

async function countPages(emulator: Emulator): Promise<number> {
  const { databases } = await emulator.control<{ databases: DatabaseSummary[] }>('state', {});
  return databases.reduce((sum, { pages }) => sum + pages, 0);
}

async function insertRows(pool: pg.Pool, each: number): Promise<void> {
  for (const entity of entities) {
    const [title] = notionFields(entity).find(([, { kind }]) => kind === 'title') ?? [];
    await pool.query(
      `INSERT INTO ${entity.table} (${title}, ${textField(entity).column})
       SELECT 'made in SQL ' || n, 'Some words of a row' FROM generate_series(1, $1::int) n`,
      [each],
    );
  }
}
