import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLimit, Seat } from '../../../database/seat.ts';
import { hideFromLogs, hideKnownSecrets } from '../../../observability/log.ts';
import { Backoff } from '../../../shared/backoff.ts';
import { inWorkspace } from '../../../shared/workspace.ts';
import { openWorker, type WorkspaceWorker } from '../../../worker.ts';
import { describeError } from '../exit.ts';
import { Places, serverOf } from './claim-places.ts';
import type { ListedWorkspace } from './list-workspaces.ts';
import { fingerprintOf, type ReadWorkspace, readWorkspace } from './read-workspace.ts';

const AGAIN = { firstMs: 1_000, maxMs: 60_000, jitter: 0.2 };
/** A worker that ran this long resets the backoff. */
const HEALTHY_MS = 60_000;
/** For its claims. */
const CONNECTIONS_BESIDE_POOL = 1;

/** What the workspaces of a process share. */
export class Shares {
  readonly places = new Places();
  readonly #maxConnections: number;
  readonly #limits = new Map<string, ConnectionLimit>();

  /** @param maxConnections to each PostgreSQL server */
  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections;
  }

  seatFor(url: string, poolSize: number): Seat {
    const server = serverOf(url);
    const limit = this.#limits.get(server) ?? new ConnectionLimit(this.#maxConnections);
    this.#limits.set(server, limit);
    return new Seat(limit, poolSize + CONNECTIONS_BESIDE_POOL);
  }
}

/** A workspace whose task queue and database are this process's. */
interface Claimed extends ReadWorkspace {
  readonly release: () => void;
}

/** Runs the worker of one workspace, and starts it again when it fails: what fails in one stops no other. */
export class WorkspaceRunner {
  readonly listed: ListedWorkspace;
  readonly #shares: Shares;
  readonly #say: (line: string) => void;
  readonly #stopping = new AbortController();
  #worker: WorkspaceWorker | null = null;
  /** Why there is no worker. */
  #reason = 'it is starting';
  #fingerprint = '';
  #running: Promise<void> = Promise.resolve();

  /** @param say receives one line for each event */
  constructor(listed: ListedWorkspace, shares: Shares, say: (line: string) => void) {
    this.listed = listed;
    this.#shares = shares;
    this.#say = (line) => say(`${listed.name}: ${line}`);
  }

  /** Resolves when its files have been read once: of two with the same task queue, the first has it. */
  async start(): Promise<void> {
    const first = await this.#claim();
    this.#running = this.#run(first);
  }

  /** Whether it does not run, or its files have changed since it was started. */
  isOutdated(): boolean {
    return this.#worker === null || this.#fingerprint !== fingerprintOf(this.listed.folder);
  }

  /** Drains its worker, and closes its connections. */
  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort();
      this.#worker?.stop();
    }
    await this.#running;
  }

  /** Why it takes no work now, in one line; null when it does. */
  async trouble(): Promise<string | null> {
    if (this.#worker === null) return this.#reason;
    const state = this.#worker.state();
    return state === 'RUNNING' ? this.#worker.trouble() : `it is ${state.toLowerCase()}`;
  }

  async #run(first: Claimed | null): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(AGAIN);
    let claimed = first;
    while (!signal.aborted) {
      const startedAt = Date.now();
      if (claimed) await this.#work(claimed);
      if (Date.now() - startedAt > HEALTHY_MS) backoff.reset();
      await sleep(backoff.next(), undefined, { signal }).catch(() => undefined);
      claimed = signal.aborted ? null : await this.#claim();
    }
    claimed?.release();
  }

  /** @returns null when it cannot be started */
  async #claim(): Promise<Claimed | null> {
    this.#fingerprint = fingerprintOf(this.listed.folder);
    try {
      const read = await readWorkspace(this.listed);
      const { workspace, config } = read;
      hideFromLogs(config.secrets);
      const release = inWorkspace(workspace, () => this.#shares.places.claim(this.listed.name, config));
      return { ...read, release };
    } catch (error) {
      this.#failed(error);
      return null;
    }
  }

  /** Runs the worker until it ends. */
  async #work({ workspace, config, release }: Claimed): Promise<void> {
    const { url = '', poolSize } = config.database;
    try {
      const seat = this.#shares.seatFor(url, poolSize);
      const worker = await inWorkspace(workspace, () => openWorker(config, seat));
      if (this.#stopping.signal.aborted) worker.stop();
      this.#worker = worker;
      this.#reason = 'it is starting';
      this.#say(`worker on task queue ${config.temporal.taskQueue}`);
      await worker.done;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#worker = null;
      release();
    }
  }

  /** Says each reason once. */
  #failed(error: unknown): void {
    const [reason = ''] = hideKnownSecrets(describeError(error)).split('\n', 1);
    if (reason !== this.#reason) this.#say(`${reason}; it is tried again`);
    this.#reason = reason;
  }
}
