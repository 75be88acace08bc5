import { readConfig } from '../../config.ts';
import { pause, resume } from '../../features/chores/pause.ts';
import { formatAhead } from '../../operations/status/format-status.ts';
import { withClient } from '../../temporal/client.ts';
import { exitCodes } from './exit.ts';

export interface PauseOptions {
  /** In milliseconds. */
  readonly for?: number;
}

/** Pauses cycles, hints and chores. */
export async function pauseCommand({ for: forMs }: PauseOptions): Promise<number> {
  const config = readConfig();
  await withClient(config, (client) => pause(client, config.temporal.taskQueue, forMs));
  const now = new Date();
  const end =
    forMs === undefined
      ? 'until `lockstep resume`'
      : `for now, and resume ${formatAhead(new Date(now.getTime() + forMs), now)}`;
  console.log(`Cycles, hints and chores are paused ${end}. What runs is completed; \`lockstep sync\` still works.`);
  return exitCodes.ok;
}

/** Resumes them. */
export async function resumeCommand(): Promise<number> {
  const config = readConfig();
  await withClient(config, (client) => resume(client, config.temporal.taskQueue));
  console.log('Cycles, hints and chores are resumed; a cycle starts now.');
  return exitCodes.ok;
}
