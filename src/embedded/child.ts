import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FinalError } from '../errors.ts';

export interface ServerCommand {
  /** For messages, such as "PostgreSQL did not start". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  /** Where its process id is written, for `endLeftover` after a crash. */
  readonly pidFile?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The working directory. */
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** The signal for a clean shutdown. */
  readonly stopSignal: NodeJS.Signals;
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process ends, for any reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill(): void;
}

const START_MS = 60_000;
const STOP_MS = 20_000;
const POLL_MS = 50;

/**
 * Starts a server, and waits until it answers. It has its own process group, so that Ctrl-C reaches only this
 * process, which stops the servers in order.
 * @throws FinalError with the last line of its log when it does not start
 */
export async function startServer(server: ServerCommand, answers: () => Promise<boolean>): Promise<ServerProcess> {
  const log = openSync(server.logFile, 'a', 0o600);
  const child = spawn(server.command, server.args, {
    detached: true,
    stdio: ['ignore', log, log],
    ...(server.env === undefined ? {} : { env: server.env }),
    ...(server.cwd === undefined ? {} : { cwd: server.cwd }),
    ...(server.uid === undefined ? {} : { uid: server.uid }),
    ...(server.gid === undefined ? {} : { gid: server.gid }),
  });
  closeSync(log);
  if (server.pidFile !== undefined) writeFileSync(server.pidFile, String(child.pid ?? ''), { mode: 0o600 });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = (): Promise<void> => end(child, server.stopSignal, exited);
  if (!(await becomesReady(answers, child))) {
    await stop();
    throw new FinalError('server_failed', `${server.name} did not start: ${lastLine(server.logFile)}`);
  }
  return { pid: child.pid ?? 0, exited, stop, kill: () => child.kill('SIGKILL') };
}

async function becomesReady(answers: () => Promise<boolean>, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (isRunning(child) && Date.now() < deadline) {
    if (await answers()) return true;
    await sleep(POLL_MS);
  }
  return false;
}

const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

async function end(child: ChildProcess, signal: NodeJS.Signals, exited: Promise<void>): Promise<void> {
  if (!isRunning(child)) return;
  child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(killer);
}

/**
 * Ends a server that a killed `up` left running. A process whose command line lacks `marker` is another program, and
 * is not ended.
 */
export async function endLeftover(pid: number, marker: string, signal: NodeJS.Signals): Promise<void> {
  const isOurs = (): boolean => commandLine(pid).includes(marker);
  if (!isOurs()) return;
  process.kill(pid, signal);
  const deadline = Date.now() + STOP_MS;
  while (isOurs()) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}

/** The process id on a file's first line, or 0. */
export function readPid(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}

/** The command line of a running process, or '' when there is none. */
export function commandLine(pid: number): string {
  if (pid <= 0) return '';
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

const lastLine = (file: string): string => readFileSync(file, 'utf8').trim().split('\n').at(-1) || 'its log is empty';
