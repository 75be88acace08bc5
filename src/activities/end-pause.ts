import { Context } from '@temporalio/activity';
import { endPause } from '../features/chores/pause.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { toFailure } from './activity-attempt.ts';
import { checkInput } from './check-input.ts';

/** Resumes cycles, hints and chores, unless somebody has done so. @param inputs of the workflow, to be checked */
export const endPauseNow =
  ({ config }: WorkerServices) =>
  async (inputs: readonly unknown[]): Promise<void> => {
    await checkInput('endPause', inputs);
    try {
      await endPause(Context.current().client, config.temporal.taskQueue);
    } catch (error) {
      throw toFailure(error, false);
    }
  };
