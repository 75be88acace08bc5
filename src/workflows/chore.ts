import { setCurrentDetails } from '@temporalio/workflow';
import { chores } from './activity-proxies.ts';
import { refusable } from './check-input.ts';

/** Temporal refuses long ones, and a chore that is started by hand may have any name. */
const MAX_SUMMARY = 100;

/** Runs one chore. Started by its schedule. @returns what it did, in one line */
export async function chore(name: string, ...others: unknown[]): Promise<string> {
  const summary = String(name).slice(0, MAX_SUMMARY);
  const result = await refusable(chores.runChore.executeWithOptions({ summary }, [name, ...others]));
  setCurrentDetails(result);
  return result;
}
