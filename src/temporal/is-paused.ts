import type { Client } from '@temporalio/client';
import { scheduleId } from './deployment-ids.ts';

/** Whether cycles, and with them hints, are paused. Without a schedule, and when Temporal does not say, they are not. */
export const isPaused = (client: Pick<Client, 'schedule'>, taskQueue: string): Promise<boolean> =>
  client.schedule
    .getHandle(scheduleId(taskQueue))
    .describe()
    .then(
      ({ state }) => state.paused,
      () => false,
    );
