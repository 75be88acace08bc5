import { choosePages, editInNotion, editInSql } from '../edits.ts';
import { startEmulator } from '../emulator.ts';
import { startLockstep } from '../lockstep.ts';
import { measured } from '../measure.ts';
import { atLeast, atMost, type Scenario, toRun } from '../scenario.ts';
import { UNLIMITED } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

/** Very many changes in one cycle: what Temporal keeps of it must not grow with them. */
export const changes: Scenario = {
  name: 'changes',
  run: async ({ servers, quick, say }) => {
    const each = quick ? 10 : 250;
    const emulator = await startEmulator(spread(each * 25));
    await emulator.behave(UNLIMITED);
    const lockstep = await startLockstep(servers, emulator, UNLIMITED);
    try {
      await lockstep.cycle();
      await lockstep.cycle();
      say(`changes: ${each * 20} in one cycle`);
      await editInNotion(emulator, await choosePages(emulator, each, 0, 'edited in Notion'));
      await editInSql(lockstep.pool, await choosePages(emulator, each, each, 'edited in SQL'));
      const ours = await measured({ ...lockstep, emulator }, () => lockstep.cycle());
      const what = `${(each * 20).toLocaleString('en')} changes, latency 0`;
      const changed = ours.result.syncs.reduce((sum, { updated }) => sum + updated, 0);
      const events = await ours.events();
      return {
        runs: [toRun(what, 'Lockstep', ours, { events })],
        targets: [atLeast(`${what}: through`, changed, each * 20), atMost(`${what}: Temporal events`, events, 600)],
      };
    } finally {
      await lockstep.stop();
      await emulator.stop();
    }
  },
};
