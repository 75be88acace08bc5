import { FinalError } from '../errors.ts';
import type { ChoreName } from '../features/chores/timetable.ts';
import { chores } from '../features/chores.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { Attempt, toFailure } from './attempt.ts';

/** One chore, once. @returns what was done, in one line */
export const runChore =
  (services: WorkerServices) =>
  async (name: string): Promise<string> => {
    const attempt = new Attempt<null>(null);
    try {
      if (!isChore(name)) throw new FinalError('unknown_chore', `there is no chore named ${name}`);
      return await chores[name]({ ...services, signal: attempt.signal, progress: attempt.progress });
    } catch (error) {
      throw attempt.givesUpOn(error) ? toFailure(error, true) : attempt.retry(error);
    } finally {
      attempt.end();
    }
  };

const isChore = (name: string): name is ChoreName => Object.hasOwn(chores, name);
