import { sampleGames } from './sample/games.ts';
import { sampleGoals } from './sample/goals.ts';
import { sampleMedia } from './sample/media.ts';
import { sampleNotes } from './sample/notes.ts';
import { samplePeople } from './sample/people.ts';
import { sampleProjects } from './sample/projects.ts';
import { daysFrom, type SampleRecord } from './sample/record.ts';
import { sampleSystemFixes } from './sample/system-fixes.ts';
import { sampleSystemUpgrades } from './sample/system-upgrades.ts';
import { sampleTags } from './sample/tags.ts';
import { sampleTasks } from './sample/tasks.ts';

export type { SampleRecord } from './sample/record.ts';

/**
 * A personal workspace to look at before there is a token: some 330 pages in
 * all ten databases. The same for the same day, and due dates lie around it.
 * @param today `YYYY-MM-DD`
 */
export function sampleWorkspace(today: string): SampleRecord[] {
  const dayOf = daysFrom(today);
  return [
    ...sampleTags(),
    ...sampleProjects(dayOf),
    ...sampleTasks(dayOf),
    ...sampleGoals(dayOf),
    ...sampleNotes(),
    ...samplePeople(),
    ...sampleMedia(),
    ...sampleGames(),
    ...sampleSystemUpgrades(),
    ...sampleSystemFixes(),
  ];
}
