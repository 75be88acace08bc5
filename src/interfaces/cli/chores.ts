import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { type Config, readConfig } from '../../config.ts';
import { choreNames, listChores } from '../../features/chores/timetable.ts';
import { formatAhead } from '../../operations/status/format-status.ts';
import { ifExists } from '../../schedules.ts';
import { requireName } from '../../shared/require-named.ts';
import { withClient } from '../../temporal/client.ts';
import { choreScheduleId } from '../../temporal/deployment-ids.ts';
import { reasonOf } from './cycle.ts';
import { exitCodes } from './exit.ts';
import { NO_WORKER_AFTER_MS, whyItWaits } from './no-worker.ts';
import { table } from './table.ts';

export interface ListOptions {
  readonly json?: boolean;
}

interface ChoreState {
  readonly name: string;
  readonly state: 'off' | 'no schedule' | 'paused' | 'scheduled';
  readonly next: Date | null;
}

/** Prints the chores, and when each runs next. */
export async function listCommand({ json = false }: ListOptions): Promise<number> {
  const config = readConfig();
  const states = await withClient(config, (client) =>
    Promise.all(listChores(config).map((chore) => stateOf(client, config, chore))),
  );
  if (json) console.log(JSON.stringify(states, null, 2));
  else console.log(table(['CHORE', 'STATE', 'NEXT'], states.map(row)));
  return exitCodes.ok;
}

async function stateOf(
  client: Client,
  { temporal }: Config,
  { name, isConfigured }: { readonly name: string; readonly isConfigured: boolean },
): Promise<ChoreState> {
  const schedule = await ifExists(client.schedule.getHandle(choreScheduleId(name, temporal.taskQueue)).describe());
  if (!schedule) return { name, state: isConfigured ? 'no schedule' : 'off', next: null };
  if (schedule.state.paused) return { name, state: 'paused', next: null };
  return { name, state: 'scheduled', next: schedule.info.nextActionTimes[0] ?? null };
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
    const handle = await client.workflow.start('chore', {
      taskQueue,
      workflowId: `${choreScheduleId(chore, taskQueue)}-by-hand`,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [chore],
    });
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
