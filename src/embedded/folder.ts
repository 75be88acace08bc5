import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FinalError } from '../errors.ts';
import { requireOwn } from '../shared/require-own.ts';
import { commandLine } from './child.ts';
import { makePrivateFolder } from './private-folder.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** The data folder of the embedded servers: one per checkout, from any folder within it. */
export const dataFolder = (from: string = process.cwd()): string =>
  join(relative(checkout, from).startsWith('..') ? from : checkout, '.lockstep');

/** The addresses of a running `up`, as environment variables, for other commands. */
const claimSchema = z.object({ pid: z.number(), env: z.record(z.string(), z.string()) });
type Claim = z.infer<typeof claimSchema>;

const claimFile = (folder: string): string => join(folder, 'up.json');

export interface FolderClaim {
  announce(env: Record<string, string>): void;
  release(): void;
}

/**
 * Prevents a second `up` on the same data.
 * @throws FinalError `already_running`
 */
export function claimFolder(folder: string): FolderClaim {
  makePrivateFolder(folder);
  refuseSecond(folder);
  rmSync(claimFile(folder), { force: true });
  const write = (env: Record<string, string>, flag: 'w' | 'wx'): void =>
    writeFileSync(claimFile(folder), JSON.stringify({ pid: process.pid, env } satisfies Claim), { flag, mode: 0o600 });
  try {
    write({}, 'wx');
  } catch (cause) {
    throw new FinalError('already_running', `another \`lockstep up\` is starting on ${folder}`, { cause });
  }
  return { announce: (env) => write(env, 'w'), release: () => rmSync(claimFile(folder), { force: true }) };
}

/** @throws FinalError `already_running` */
export function refuseSecond(folder: string): void {
  const holder = runningUp(folder);
  if (holder) {
    throw new FinalError('already_running', `\`lockstep up\` is already running on ${folder} (process ${holder.pid})`);
  }
}

/** The `up` that runs on a folder, or null; a killed one does not count. */
export function runningUp(folder: string): Claim | null {
  requireOwn(folder);
  requireOwn(claimFile(folder));
  try {
    const claim = claimSchema.parse(JSON.parse(readFileSync(claimFile(folder), 'utf8')));
    return claim.pid !== process.pid && commandLine(claim.pid).includes('lockstep') ? claim : null;
  } catch {
    return null;
  }
}

/** Sets the addresses of a running `up`, unless they are set already. */
export function adoptRunningUp(): void {
  for (const [name, value] of Object.entries(runningUp(dataFolder())?.env ?? {})) {
    if (!process.env[name]) process.env[name] = value;
  }
}
