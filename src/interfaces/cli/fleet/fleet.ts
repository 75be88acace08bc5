import type { WorkspaceHealth } from '../../../observability/health-server.ts';
import { inParallel } from '../../../sync/in-parallel.ts';
import { type ListedWorkspace, listWorkspaces } from './list-workspaces.ts';
import { type Shares, WorkspaceRunner } from './workspace-runner.ts';

/** How many workspaces are asked for their health at once: each needs a connection. */
const ASKED_AT_ONCE = 4;

/** The workspaces of one worker process. */
export class Fleet {
  readonly #folders: readonly string[];
  readonly #shares: Shares;
  readonly #say: (line: string) => void;
  readonly #runners = new Map<string, WorkspaceRunner>();
  /** One change of the list at a time. */
  #last: Promise<void> = Promise.resolve();
  #isStopping = false;
  #hasStopped = (): void => undefined;
  /** Resolves when `stop` has drained all. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#hasStopped = resolve;
  });

  /** @param folders as `listWorkspaces` takes them */
  constructor(folders: readonly string[], shares: Shares, say: (line: string) => void) {
    this.#folders = folders;
    this.#shares = shares;
    this.#say = say;
  }

  /** Reads the folders: starts what was added, stops what was removed, and starts again what was changed or has failed. */
  reload(): Promise<void> {
    this.#last = this.#last.then(() => this.#reload());
    return this.#last;
  }

  /** Drains all workers. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop()));
    // A change of the list may have started one more.
    await this.#last;
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop()));
    this.#hasStopped();
  }

  async health(): Promise<WorkspaceHealth> {
    const runners = [...this.#runners.values()];
    const found = new Map<string, string | null>(runners.map(({ listed }) => [listed.name, null]));
    await inParallel(runners, ASKED_AT_ONCE, async (runner) => {
      found.set(runner.listed.name, await runner.trouble());
    });
    return found;
  }

  async #reload(): Promise<void> {
    const listed = listWorkspaces(this.#folders);
    const ended = [...this.#runners.values()].filter((runner) => !isListed(runner, listed) || runner.isOutdated());
    await Promise.all(
      ended.map(async (runner) => {
        await runner.stop();
        this.#runners.delete(runner.listed.folder);
        if (!isListed(runner, listed)) this.#say(`${runner.listed.name}: removed`);
      }),
    );
    for (const one of listed) {
      if (this.#isStopping) return;
      if (this.#runners.has(one.folder)) continue;
      const runner = new WorkspaceRunner(one, this.#shares, this.#say);
      this.#runners.set(one.folder, runner);
      await runner.start();
    }
  }
}

const isListed = ({ listed: { name, folder } }: WorkspaceRunner, among: readonly ListedWorkspace[]): boolean =>
  among.some((one) => one.folder === folder && one.name === name);
