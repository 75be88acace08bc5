import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** No command under test outlives its test. */
const LONGEST_MS = 100_000;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Waits until standard output or error holds it; @throws Error with all that was said when the process ends before. */
  says(what: RegExp): Promise<void>;
}

/** An empty folder to run commands in, so that none of them finds an `up` of somebody else's. */
export function emptyFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Starts a command as a user would, with these variables and none of ours.
 * @param from the checkout whose program it is
 */
export function startCli(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  from = resolve('.'),
): RunningCli {
  const program = join(from, 'bin/lockstep.js');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { PATH, HOME, ...env }, timeout: LONGEST_MS });
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      for (const listen of listeners) listen();
    });
  }
  const ended = new Promise<CliResult>((done) => child.once('close', (code) => done({ code, ...said })));
  const says = (what: RegExp): Promise<void> =>
    new Promise((found, missing) => {
      const listen = (): void => {
        if (what.test(said.stdout + said.stderr)) found();
      };
      listeners.add(listen);
      listen();
      void ended.then(() => missing(new Error(`It never said ${what}, but: ${said.stdout}${said.stderr}`)));
    });
  return { process: child, ended, says };
}

export const runCli = (
  args: readonly string[],
  cwd: string,
  env?: Record<string, string>,
  from?: string,
): Promise<CliResult> => startCli(args, cwd, env, from).ended;
