import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Backoff } from '../shared/backoff.ts';

const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));

const RESTART = { firstMs: 1_000, maxMs: 30_000 };
/** One that ran this long had started well. */
const HEALTHY_MS = 60_000;
/** A little longer than the worker itself takes to give up waiting for its activities. */
const DRAIN_MS = 30_000;

/**
 * A worker in a process of its own, started again when it ends: its crash takes
 * neither the databases nor the other commands down.
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
      this.#say(`the worker ended (${ending}) and starts again in ${pause / 1_000} s; its log is ${this.#logFile}`);
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  /** @returns how it ended */
  #run(): Promise<string> {
    const log = openSync(this.#logFile, 'a');
    // The channel tells the worker when we are gone, however we ended.
    const child = spawn(process.execPath, [program, 'worker'], { detached: true, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    this.#child = child;
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    });
  }
}
