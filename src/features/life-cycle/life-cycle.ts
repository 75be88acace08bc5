import type { Chore } from '../chores/chore.ts';
import { archiveEnded, endings } from './archive-finished.ts';

const DAY_MS = 86_400_000;

/** Archives tasks that were done, and goals that were achieved, long ago; nothing is deleted. */
export const lifeCycle: Chore = async ({ config, database, progress }) => {
  const { archiveAfterDays } = config;
  if (archiveAfterDays === 0) return 'nothing is archived: LOCKSTEP_ARCHIVE_AFTER_DAYS is not set';
  const before = new Date(Date.now() - archiveAfterDays * DAY_MS);
  const said: string[] = [];
  for (const table of endings) {
    const { archived, left } = await archiveEnded(database, table, before);
    said.push(`${archived} of ${table}${left > 0 ? ` (${left} more another day)` : ''}`);
    progress();
  }
  return `archived ${said.join(', ')}`;
};
