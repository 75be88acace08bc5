import { AmbiguousWriteError, RetryableError } from '../../src/errors.ts';
import type { World } from './world.ts';

/** One run of one activity on one worker. When it dies, everything it started stops. */
export class Attempt {
  alive = true;
  readonly #onDeath: (() => void)[] = [];

  die(): void {
    this.alive = false;
    for (const tell of this.#onDeath) tell();
  }

  /** Rejects when the attempt dies. */
  death(): Promise<never> {
    return new Promise((_, reject) => {
      this.#onDeath.push(() => reject(new WorkerCrash()));
    });
  }
}

export class WorkerCrash extends Error {}

export type FaultKind = 'before' | 'after' | 'crash before' | 'crash after' | 'hang';

const KINDS: readonly FaultKind[] = ['before', 'after', 'crash before', 'crash after', 'hang'];

/** Makes external calls fail, in every possible way. */
export class Faults {
  /** The share of calls that fail. */
  rate = 0;
  /** Called before every call; the fault that it returns happens. */
  plan: (label: string) => FaultKind | undefined = () => undefined;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Runs `commit` between two steps at which the call may fail or its worker die. */
  async around<T>(attempt: Attempt, label: string, kind: 'read' | 'write', commit: () => T): Promise<T> {
    const chosen = this.#world.random.chance(this.rate) ? this.#world.random.pick(KINDS) : undefined;
    await this.#step(attempt, label);
    const fault = this.plan(label) ?? chosen;
    if (fault === 'crash before') return this.#crash(attempt);
    if (fault === 'before') throw failure(label, kind);
    const result = commit();
    if (fault === 'hang') {
      await this.#world.sleep(60_000);
      return this.#crash(attempt);
    }
    await this.#step(attempt, `${label} ends`);
    if (fault === 'crash after') return this.#crash(attempt);
    if (fault === 'after') throw failure(label, kind);
    return result;
  }

  async #step(attempt: Attempt, label: string): Promise<void> {
    await this.#world.step(label);
    if (!attempt.alive) await never();
  }

  #crash(attempt: Attempt): Promise<never> {
    attempt.die();
    return never();
  }
}

const never = (): Promise<never> => new Promise(() => undefined);

const failure = (label: string, kind: 'read' | 'write'): Error =>
  kind === 'read' ? new RetryableError('no_answer', label) : new AmbiguousWriteError(label);
