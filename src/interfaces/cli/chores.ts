import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { readConfig } from '../../config.ts';
import { choreNames } from '../../features/chores/timetable.ts';
import { formatAhead } from '../../operations/status/format-status.ts';
import { requireName } from '../../shared/require-named.ts';
import { withClient } from '../../temporal/client.ts';
import { type ChoreState, readChoreStates, startChore } from './chore-runs.ts';
import { reasonOf } from './cycle.ts';
import { exitCodes } from './exit.ts';
import { NO_WORKER_AFTER_MS, whyItWaits } from './no-worker.ts';
import { table } from './table.ts';

export interface ListOptions {
  readonly json?: boolean;
}

/** Prints the chores, and when each runs next. */
export async function listCommand({ json = false }: ListOptions): Promise<number> {
  const config = readConfig();
  const states = await withClient(config, (client) => readChoreStates(client, config));
  if (json) console.log(JSON.stringify(states, null, 2));
  else console.log(table(['CHORE', 'STATE', 'NEXT'], states.map(row)));
  return exitCodes.ok;
}

const row = ({ name, state, next }: ChoreState): string[] => [
  name,
  state === 'off' ? 'off: not configured' : state,
  next ? formatAhead(next, new Date()) : '',
];

/** Runs a chore now, and prints what it did. One that is started while it runs is waited for. */
export async function runCommand(name: string): Promise<number> {
  const config = readConfig();
  const chore = requireName('chore', name, choreNames);
  return withClient(config, async (client) => {
    const { taskQueue } = config.temporal;
    const handle = await startChore(client, taskQueue, chore);
    const ended = handle.result();
    const isEnded = await Promise.race([
      ended.then(
        () => true,
        () => true,
      ),
      sleep(NO_WORKER_AFTER_MS, false),
    ]);
    if (!isEnded) {
      const why = whyItWaits(await handle.describe(), taskQueue, 'the chore');
      if (why !== null) process.stderr.write(`lockstep: ${why}\n`);
    }
    return report(ended);
  });
}

async function report(ended: Promise<string>): Promise<number> {
  try {
    console.log(await ended);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    process.stderr.write(`lockstep: the chore failed: ${reasonOf(error)}\n`);
    return exitCodes.failed;
  }
}
