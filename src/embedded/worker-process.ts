import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Backoff } from '../shared/backoff.ts';

const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));

const RESTART = { firstMs: 1_000, maxMs: 30_000 };
/** A worker that ran this long resets the backoff. */
const HEALTHY_MS = 60_000;
/** Longer than the worker waits for its activities. */
const DRAIN_MS = 30_000;

/**
 * A worker in its own process, restarted when it ends: a crash does not end the servers.
 */
export class WorkerProcess {
  readonly #logFile: string;
  readonly #say: (line: string) => void;
  #child: ChildProcess | null = null;
  #stopping = false;
  #supervision: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(logFile: string, say: (line: string) => void) {
    this.#logFile = logFile;
    this.#say = say;
  }

  start(): void {
    this.#supervision = this.#supervise();
  }

  /** Drains the worker, and returns when it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stop.abort();
    this.#child?.kill('SIGTERM');
    const killer = setTimeout(() => this.kill(), DRAIN_MS);
    await this.#supervision;
    clearTimeout(killer);
  }

  kill(): void {
    this.#stopping = true;
    this.#child?.kill('SIGKILL');
  }

  async #supervise(): Promise<void> {
    const backoff = new Backoff(RESTART);
    while (!this.#stopping) {
      const started = Date.now();
      const ending = await this.#run();
      if (this.#stopping) return;
      if (Date.now() - started > HEALTHY_MS) backoff.reset();
      const pause = backoff.next();
      this.#say(`the worker ended (${ending}) and restarts in ${pause / 1_000} s: see its log, ${this.#logFile}`);
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  /** @returns how it ended */
  #run(): Promise<string> {
    const log = openSync(this.#logFile, 'a', 0o600);
    // The worker ends when this channel closes, even after a crash of this process.
    const child = spawn(process.execPath, [program, 'worker'], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      // It runs this folder, whatever workspaces a worker of several runs.
      env: { ...process.env, LOCKSTEP_WORKSPACES: '' },
    });
    closeSync(log);
    this.#child = child;
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    });
  }
}
