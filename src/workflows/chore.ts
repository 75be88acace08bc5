import { setCurrentDetails } from '@temporalio/workflow';
import { chores } from './activity-proxies.ts';

/** Runs one chore. Started by its schedule. @returns what it did, in one line */
export async function chore(name: string): Promise<string> {
  const result = await chores.runChore.executeWithOptions({ summary: name }, [name]);
  setCurrentDetails(result);
  return result;
}
