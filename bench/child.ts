import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  /** All its output. */
  output(): string;
  /** The next message from it. @throws Error with its output when it ends first */
  message<T>(): Promise<T>;
  /** Waits for this output. @throws Error with all output when the process ends first */
  waitForOutput(text: string): Promise<void>;
  send(message: object): void;
  /** Resolves when the process has ended. */
  readonly gone: Promise<unknown>;
  /** Sends the signal, and waits for the process to end. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The folder that it is started in. */
  readonly cwd?: string;
  /** Options for Node, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
}

const running = new Set<ChildProcess>();
process.once('exit', endAll);

/** Ends what a failed scenario has left running. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts a program of this repository in its own process, so that its memory and CPU time can be measured. */
export function startChild(program: string, args: readonly string[], options: ChildOptions = {}): Child {
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
  const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const { cwd } = options;
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), ...loader, path, ...args], {
    env: options.env ?? process.env,
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return watch(child, program);
}

function watch(child: ChildProcess, program: string): Child {
  running.add(child);
  child.once('close', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.emit('output');
    });
  }
  const gone = once(child, 'close');
  const unlessEnded = async <T>(result: Promise<T>): Promise<T> =>
    Promise.race([
      result,
      gone.then(([code, signal]) => {
        throw new Error(`${program} ended (${signal ?? code}): ${output}`);
      }),
    ]);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    gone,
    message: async <T>() => (await unlessEnded(once(child, 'message')))[0] as T, // both programs are in this repository
    waitForOutput: async (text) => {
      while (!output.includes(text)) await unlessEnded(once(child, 'output'));
    },
    send: (message) => child.send(message),
    end: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await gone;
    },
  };
}

/** Whether this machine can pin processes to cores. */
export function canPin(cores: number): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return cores > 1;
  } catch {
    return false;
  }
}

/** Pins a process with its threads and future children to cores, such as `0` or `1-3`. */
export const pin = (pid: number, cores: string): void => {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], { stdio: 'ignore' });
};
