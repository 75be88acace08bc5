import type { Chore } from '../chores/chore.ts';
import { archiveFinished, finishing } from './archive-finished.ts';

const DAY_MS = 86_400_000;

/** Archives tasks and goals that were completed long ago. Deletes nothing. */
export const lifeCycle: Chore = async ({ config, database, progress }) => {
  const { archiveAfterDays } = config;
  if (archiveAfterDays === 0) return 'nothing is archived: LOCKSTEP_ARCHIVE_AFTER_DAYS is not set';
  const before = new Date(Date.now() - archiveAfterDays * DAY_MS);
  const counts: string[] = [];
  for (const one of finishing()) {
    const { archived, left } = await archiveFinished(database, one, before);
    counts.push(`${archived} of ${one.entity.name}${left > 0 ? ` (${left} left for the next runs)` : ''}`);
    progress();
  }
  return `archived ${counts.join(', ')}`;
};
