import type { Direction } from '../cycle/messages.ts';
import { recordRun } from '../database/run-history.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { toFailure } from './activity-attempt.ts';

interface LostSync {
  readonly cycleId: string;
  readonly name: string;
  readonly entity: string;
  readonly direction: Direction;
  readonly message: string;
}

/** Records a sync whose own activity could not: its worker died, or it timed out. */
export const recordFailure =
  ({ database }: WorkerServices) =>
  async ({ cycleId, name, entity, direction, message }: LostSync): Promise<void> => {
    const errors = [{ code: 'lost', message, record: null }];
    try {
      await recordRun(database, {
        ...{ cycleId, syncName: name, entity, direction, status: 'failed', startedAt: new Date() },
        ...{ processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, requests: 0 },
        errors,
      });
    } catch (error) {
      throw toFailure(error, false);
    }
  };
