import { checkChore } from '../cycle/inputs.ts';
import { type ChoreName, choreNames } from '../features/chores/timetable.ts';
import { chores } from '../features/chores.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { runAttempt } from './activity-attempt.ts';

/** Runs one chore. @returns what it did, in one line */
export const runChore =
  (services: WorkerServices) =>
  (...inputs: readonly [name: string, ...others: unknown[]]): Promise<string> =>
    runAttempt(async ({ signal, progress }) => {
      checkChore(choreNames, inputs);
      return chores[inputs[0] as ChoreName]({ ...services, signal, progress }); // as checked
    });
