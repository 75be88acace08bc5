import { FinalError } from '../errors.ts';
import type { ChoreName } from '../features/chores/timetable.ts';
import { chores } from '../features/chores.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { runAttempt } from './activity-attempt.ts';

/** Runs one chore. @returns what it did, in one line */
export const runChore =
  (services: WorkerServices) =>
  (name: string): Promise<string> =>
    runAttempt(async ({ signal, progress }) => {
      if (!isChore(name)) throw new FinalError('unknown_chore', `there is no chore named ${name}`);
      return chores[name]({ ...services, signal, progress });
    });

const isChore = (name: string): name is ChoreName => Object.hasOwn(chores, name);
