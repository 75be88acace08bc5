import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FinalError } from '../errors.ts';
import { commandLine } from './child.ts';
import { endLeftoverPostgres } from './postgres.ts';
import { endLeftoverTemporal } from './temporal.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** Where the embedded servers keep their data: one folder for the checkout, wherever in it a command is run. */
export const dataFolder = (from: string = process.cwd()): string =>
  join(relative(checkout, from).startsWith('..') ? from : checkout, '.lockstep');

/** What a running `up` says to the other commands: where its servers are, as environment variables. */
const claimSchema = z.object({ pid: z.number(), env: z.record(z.string(), z.string()) });
type Claim = z.infer<typeof claimSchema>;

const claimFile = (folder: string): string => join(folder, 'up.json');

export interface FolderClaim {
  announce(env: Record<string, string>): void;
  release(): void;
}

/**
 * Deletes all that earlier runs kept, and ends what a killed one left running.
 * @throws FinalError `already_running`
 */
export async function deleteFolder(folder: string): Promise<void> {
  refuseSecond(folder);
  await endLeftoverPostgres(folder);
  await endLeftoverTemporal(folder);
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Keeps a second `up` off the same data.
 * @throws FinalError `already_running`
 */
export function claimFolder(folder: string): FolderClaim {
  mkdirSync(folder, { recursive: true });
  refuseSecond(folder);
  rmSync(claimFile(folder), { force: true });
  const write = (env: Record<string, string>, flag: 'w' | 'wx'): void =>
    writeFileSync(claimFile(folder), JSON.stringify({ pid: process.pid, env } satisfies Claim), { flag, mode: 0o600 });
  try {
    write({}, 'wx');
  } catch (cause) {
    throw new FinalError('already_running', `another \`lockstep up\` is just starting on ${folder}`, { cause });
  }
  return { announce: (env) => write(env, 'w'), release: () => rmSync(claimFile(folder), { force: true }) };
}

function refuseSecond(folder: string): void {
  const holder = runningUp(folder);
  if (holder) {
    throw new FinalError('already_running', `\`lockstep up\` runs on ${folder} already, as process ${holder.pid}`);
  }
}

/** The `up` that runs on a folder, or null; one that was killed does not count. */
export function runningUp(folder: string): Claim | null {
  try {
    const claim = claimSchema.parse(JSON.parse(readFileSync(claimFile(folder), 'utf8')));
    return claim.pid !== process.pid && commandLine(claim.pid).includes('lockstep') ? claim : null;
  } catch {
    return null;
  }
}

/** Lets a command find the servers of the `up` that runs here; what is set already stays. */
export function adoptRunningUp(): void {
  for (const [name, value] of Object.entries(runningUp(dataFolder())?.env ?? {})) {
    if (!process.env[name]) process.env[name] = value;
  }
}
