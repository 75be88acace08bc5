import { choosePages, countInNotion, editInSql } from '../edits.ts';
import { startEmulator } from '../emulator.ts';
import { startLockstep } from '../lockstep.ts';
import { median } from '../measure.ts';
import { recordTimes, type TimedRequest } from '../request-times.ts';
import { atLeast, atMost, type Scenario } from '../scenario.ts';
import { NOTION, UNLIMITED, withoutBudget } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

/** More edits than the budget lets through at once: how long a page can be edited unseen before its write (SPEC.md, S5). */
export const window: Scenario = {
  name: 'window',
  run: async ({ servers, quick, log }) => {
    const perDatabase = quick ? 3 : 11;
    const requestsPerMinute = quick ? 45 : NOTION.requestsPerMinute;
    const emulator = await startEmulator(spread(200));
    const times = await recordTimes(emulator.url);
    const lockstep = await startLockstep(servers, { ...emulator, url: times.url }, { requestsPerMinute });
    try {
      await emulator.configure(UNLIMITED);
      await withoutBudget(lockstep, async () => {
        await lockstep.cycle();
        await lockstep.cycle();
      });
      await lockstep.resetBudget();
      await emulator.configure({ ...NOTION, requestsPerMinute });
      const edits = await choosePages(emulator, perDatabase, 0, 'edited in SQL');
      await editInSql(lockstep.pool, edits);
      log(`window: ${edits.length} edits at ${requestsPerMinute} requests a minute`);
      const before = times.requests.length;
      await lockstep.cycle();
      const gaps = gapsOf(times.requests.slice(before));
      return {
        runs: [],
        targets: [
          atLeast('edits in SQL that arrived', await countInNotion(emulator, edits), edits.length),
          atMost("largest gap between a look's answer and its write's arrival", Math.max(...gaps) / 1000, 1.1, 's'),
        ],
        notes: [`Median gap between look and write: ${median(gaps).toFixed(0)} ms, in ${gaps.length} writes.`],
      };
    } finally {
      await lockstep.stop();
      await times.close();
      await emulator.stop();
    }
  },
};

/** For each write of a page's properties, the time since the answer of the last look at that page, in milliseconds. */
function gapsOf(requests: readonly TimedRequest[]): number[] {
  const lookedAt = new Map<string, number>();
  const gaps: number[] = [];
  for (const { method, path, arrivedAt, answeredAt } of requests) {
    if (method === 'GET') lookedAt.set(path, answeredAt);
    const look = lookedAt.get(path);
    if (method === 'PATCH' && look !== undefined) gaps.push(arrivedAt - look);
  }
  return gaps;
}
