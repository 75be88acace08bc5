import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A command ends before its test's timeout; a server lives as long as its test file. */
const MAX_COMMAND_MS = 170_000;
const MAX_SERVER_MS = 900_000;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Waits for this output on stdout or stderr. @throws Error with all output when the process ends first */
  waitForOutput(pattern: RegExp): Promise<void>;
}

/** An empty folder to run commands in, so that they do not find another `lockstep up`. */
export function emptyFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Starts a command as a user would, with these environment variables only.
 * @param from the checkout that contains the program
 */
export function startCli(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  from = resolve('.'),
  timeout = MAX_SERVER_MS,
): RunningCli {
  const program = join(from, 'bin/lockstep.js');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { PATH, HOME, ...env }, timeout });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      for (const listen of listeners) listen();
    });
  }
  const ended = new Promise<CliResult>((done) => child.once('close', (code) => done({ code, ...output })));
  const waitForOutput = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const listen = (): void => {
        if (pattern.test(output.stdout + output.stderr)) resolve();
      };
      listeners.add(listen);
      listen();
      void ended.then(() => reject(new Error(`no output ${pattern}, but: ${output.stdout}${output.stderr}`)));
    });
  return { process: child, ended, waitForOutput };
}

/** `lockstep sync` says after five seconds for what its cycle waits. On a slow machine, any cycle waits that long. */
const WAITING = /^lockstep: (no worker has picked up|a worker cannot run|another cycle is running).*\n/gm;

/** Waits for a command's end. Its result is without the lines about a cycle that waits. */
export async function runCli(
  args: readonly string[],
  cwd: string,
  env?: Record<string, string>,
  from?: string,
): Promise<CliResult> {
  const result = await startCli(args, cwd, env, from, MAX_COMMAND_MS).ended;
  return { ...result, stderr: result.stderr.replaceAll(WAITING, '') };
}
