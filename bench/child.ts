import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  /** All that it wrote. */
  output(): string;
  /** Its next message. @throws Error with its output when it ends before */
  message<T>(): Promise<T>;
  /** Waits until its output holds this. @throws Error with its output when it ends before */
  says(words: string): Promise<void>;
  send(message: object): void;
  /** Resolves when it has ended by itself, or was ended. */
  readonly gone: Promise<unknown>;
  /** Ends it, and waits until it has gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** To Node itself, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program of ours in a process of its own, so that its memory and time are its own. */
export function startChild(program: string, args: readonly string[], options: ChildOptions = {}): Child {
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url));
  const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), ...loader, path, ...args], {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return watched(child, program);
}

function watched(child: ChildProcess, program: string): Child {
  running.add(child);
  child.once('close', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.emit('said');
    });
  }
  const gone = once(child, 'close');
  const orGone = async <T>(wanted: Promise<T>): Promise<T> =>
    Promise.race([
      wanted,
      gone.then(([code, signal]) => {
        throw new Error(`${program} ended (${signal ?? code}): ${output}`);
      }),
    ]);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    gone,
    message: async <T>() => (await orGone(once(child, 'message')))[0] as T, // both ends are ours
    says: async (words) => {
      while (!output.includes(words)) await orGone(once(child, 'said'));
    },
    send: (message) => child.send(message),
    end: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await gone;
    },
  };
}

/** Whether processes can be kept on a core of their own here. */
export function canPin(cores: number): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return cores > 1;
  } catch {
    return false;
  }
}

/** Keeps a process, all its threads and what it starts from now on to some cores, e.g. `0` or `1-3`. */
export const pin = (pid: number, cores: string): void => {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], { stdio: 'ignore' });
};
