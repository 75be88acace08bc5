import { setCurrentDetails } from '@temporalio/workflow';
import { choring } from './activities.ts';

/** One chore, as its schedule says. @returns what was done, in one line */
export async function chore(name: string): Promise<string> {
  const done = await choring.runChore.executeWithOptions({ summary: name }, [name]);
  setCurrentDetails(done);
  return done;
}
