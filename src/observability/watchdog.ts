import { execFile } from 'node:child_process';
import { Worker } from 'node:worker_threads';

/** A process that has done nothing for this time is ended, and its supervisor starts another one. */
const MAX_BLOCK_MS = 60_000;

/** Runs in its own thread, which goes on while the main one is blocked. */
const GUARD = `
  const { workerData: { shared, maxBlockMs } } = require('node:worker_threads');
  const beats = new Int32Array(shared);
  const every = maxBlockMs / 6;
  let [seen, since, lookedAt] = [-1, Date.now(), Date.now()];
  setInterval(() => {
    const now = Date.now();
    const beat = Atomics.load(beats, 0);
    // After a suspension of the whole process, the main thread gets its time again.
    if (beat !== seen || now - lookedAt > every * 3) [seen, since] = [beat, now];
    lookedAt = now;
    if (now - since <= maxBlockMs) return;
    require('node:fs').writeSync(2, 'lockstep: nothing has moved for ' + maxBlockMs / 1000 + ' s: the process ends itself, to be started again\\n');
    process.kill(process.pid, 'SIGKILL');
  }, every);
`;

export interface Watchdog {
  stop(): Promise<void>;
}

/**
 * Ends this process when its event loop is blocked, and tells systemd that it is ready and alive, where systemd started
 * it. Docker Compose restarts a process that ends, but not one that hangs.
 * @param env with systemd's variables
 */
export function startWatchdog(
  { NOTIFY_SOCKET, WATCHDOG_USEC }: NodeJS.ProcessEnv,
  maxBlockMs: number = MAX_BLOCK_MS,
): Watchdog {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const beats = new Int32Array(shared);
  const guard = new Worker(GUARD, { eval: true, workerData: { shared, maxBlockMs } });
  guard.unref();
  const beating = setInterval(() => Atomics.add(beats, 0, 1), maxBlockMs / 12).unref();
  const timers = [beating];
  if (NOTIFY_SOCKET) {
    tellSystemd('--ready');
    const everyMs = Number(WATCHDOG_USEC) / 2_000;
    if (everyMs > 0) timers.push(setInterval(() => tellSystemd('WATCHDOG=1'), everyMs).unref());
  }
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await guard.terminate();
    },
  };
}

/** Node cannot write to systemd's socket itself. A failure is no reason to end: without a word, systemd restarts. */
const tellSystemd = (message: string): void => {
  execFile('systemd-notify', [message], () => undefined).unref();
};
