import type { Chore } from '../chores/chore.ts';
import { deleteOld, type Growing } from './delete-expired.ts';

const DAY_MS = 86_400_000;

/** Deletes what happened so long ago that nobody asks for it any more. */
export const retention: Chore = async ({ config: { keepDays }, database, progress }) => {
  const daysOf: Readonly<Record<Growing, number>> = {
    sync_run_history: keepDays.history,
    sync_changes: keepDays.history,
    tool_deliveries: keepDays.history,
    sync_conflicts: keepDays.conflicts,
  };
  const said: string[] = [];
  for (const [table, days] of Object.entries(daysOf) as [Growing, number][]) {
    // its keys are these
    const before = new Date(Date.now() - days * DAY_MS);
    let rows = 0;
    for (let some = -1; some !== 0; rows += some) {
      some = await deleteOld(database, table, before);
      progress();
    }
    if (rows > 0) said.push(`${rows} of ${table}`);
  }
  return said.length > 0 ? `deleted ${said.join(', ')}` : 'nothing is old enough to be deleted';
};
