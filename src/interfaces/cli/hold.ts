import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { FinalError } from '../../errors.ts';
import { pause, resume } from '../../features/chores/pause.ts';
import { formatAhead } from '../../operations/status/format-status.ts';
import { withClient } from '../../temporal/client.ts';
import { readOpenWork } from '../../temporal/open-work.ts';

const POLL_MS = 500;
const MAX_WAIT_MS = 10 * 60_000;

/**
 * Pauses cycles, hints and chores while a plan is looked at, and waits for those that run.
 * @throws FinalError `still_running` when one does not end in time
 */
export function holdForPlan(config: Config, forMs: number): Promise<void> {
  const { taskQueue } = config.temporal;
  return withClient(config, async (client) => {
    await pause(client, taskQueue, forMs);
    const now = new Date();
    const until = formatAhead(new Date(now.getTime() + forMs), now);
    say(
      `cycles, hints and chores are paused for the plan: lockstep apply or lockstep resume resumes them, or the clock ${until}`,
    );
    await waitUntilIdle(client, taskQueue);
  });
}

/** Ends the pause of a plan. */
export const releaseHold = (config: Config): Promise<void> =>
  withClient(config, async (client) => {
    await resume(client, config.temporal.taskQueue);
    say('cycles, hints and chores are resumed');
  });

async function waitUntilIdle(client: Client, taskQueue: string): Promise<void> {
  const deadline = Date.now() + MAX_WAIT_MS;
  let said = '';
  for (;;) {
    const [running] = await readOpenWork(client, taskQueue);
    if (!running) return;
    if (running.workflowId !== said) say(`waiting for ${running.workflowId} to end`);
    said = running.workflowId;
    if (Date.now() > deadline) throw new FinalError('still_running', `${said} did not end: nothing was planned`);
    await sleep(POLL_MS);
  }
}

const say = (line: string): void => {
  process.stderr.write(`lockstep: ${line}\n`);
};
