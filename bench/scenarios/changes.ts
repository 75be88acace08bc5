import { entities } from '../definition.ts';
import { choosePages, editInNotion, editInSql } from '../edits.ts';
import { startEmulator } from '../emulator.ts';
import { startLockstep } from '../lockstep.ts';
import { measure } from '../measure.ts';
import { atLeast, atMost, type Scenario, toRun } from '../scenario.ts';
import { UNLIMITED } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

/** Many changes in one cycle: Temporal's histories must not grow with them. */
export const changes: Scenario = {
  name: 'changes',
  run: async ({ servers, quick, log }) => {
    const each = quick ? 10 : 250;
    const count = each * 2 * entities.length;
    const emulator = await startEmulator(spread(each * 2.5 * entities.length));
    await emulator.configure(UNLIMITED);
    const lockstep = await startLockstep(servers, emulator, UNLIMITED);
    try {
      await lockstep.cycle();
      await lockstep.cycle();
      log(`changes: ${count} in one cycle`);
      await editInNotion(emulator, await choosePages(emulator, each, 0, 'edited in Notion'));
      await editInSql(lockstep.pool, await choosePages(emulator, each, each, 'edited in SQL'));
      const lockstepRun = await measure({ ...lockstep, emulator }, () => lockstep.cycle());
      const what = `${count.toLocaleString('en')} changes, latency 0`;
      const changed = lockstepRun.result.syncs.reduce((sum, { updated }) => sum + updated, 0);
      const events = await lockstepRun.events();
      return {
        runs: [toRun(what, 'Lockstep', lockstepRun, { events })],
        targets: [atLeast(`${what}: synced`, changed, count), atMost(`${what}: Temporal events`, events, 600)],
      };
    } finally {
      await lockstep.stop();
      await emulator.stop();
    }
  },
};
