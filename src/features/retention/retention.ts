import type { Chore } from '../chores/chore.ts';
import { deleteExpired, type GrowingTable } from './delete-expired.ts';

const DAY_MS = 86_400_000;

/** Deletes expired history, resolved conflicts and closed approvals. */
export const retention: Chore = async ({ config: { keepDays }, database, progress }) => {
  const daysOf: Readonly<Record<GrowingTable, number>> = {
    sync_run_history: keepDays.history,
    sync_changes: keepDays.history,
    tool_deliveries: keepDays.history,
    sync_conflicts: keepDays.conflicts,
    sync_approvals: keepDays.history,
  };
  const deleted: string[] = [];
  for (const [table, days] of Object.entries(daysOf) as [GrowingTable, number][]) {
    // Object.entries loses the type of the keys
    const before = new Date(Date.now() - days * DAY_MS);
    let rows = 0;
    for (let some = -1; some !== 0; rows += some) {
      some = await deleteExpired(database, table, before);
      progress();
    }
    if (rows > 0) deleted.push(`${rows} of ${table}`);
  }
  return deleted.length > 0 ? `deleted ${deleted.join(', ')}` : 'nothing has expired';
};
