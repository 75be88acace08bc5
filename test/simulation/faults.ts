import { AmbiguousWriteError, RetryableError } from '../../src/errors.ts';
import type { World } from './world.ts';

/** One run of one activity on one worker. When it dies, everything it started stops. */
export class Attempt {
  alive = true;
  /** Whether another attempt may have its claim. */
  isOver = false;
  readonly #onEnd: (() => void)[] = [];
  #mayStore = true;

  die(): void {
    this.alive = false;
    this.#end();
  }

  /** The worker was suspended, and its claim is lost. It continues until it notices. */
  lose(): void {
    this.#end();
  }

  /** Whether the worker goes on with a call: after the loss of its claim, it stores the answer that it waited for. */
  goesOn(label: string): boolean {
    if (!this.isOver) return true;
    const stores = this.#mayStore && label.startsWith('sql');
    this.#mayStore = false;
    return this.alive && stores;
  }

  #end(): void {
    this.isOver = true;
    for (const tell of this.#onEnd) tell();
  }

  /** Rejects when the attempt dies. */
  death(): Promise<never> {
    return new Promise((_, reject) => {
      this.#onEnd.push(() => reject(CRASH));
    });
  }

  /** Resolves when the attempt is over. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd.push(resolve);
    });
  }
}

export class WorkerCrash extends Error {}

/** One for all: an error's stack costs more than a step. */
const CRASH = new WorkerCrash();

export type FaultKind =
  | 'before'
  | 'after'
  | 'crash before'
  | 'crash after'
  | 'hang'
  | 'late'
  | 'crash late'
  | 'suspend';

const KINDS: readonly FaultKind[] = ['before', 'after', 'crash before', 'crash after', 'hang'];
const LOST: readonly FaultKind[] = ['after', 'crash after'];
const LATE: readonly FaultKind[] = [...LOST, 'late', 'crash late', 'suspend'];

/** How long after its attempt ended a write may still happen: another proxy or retry holds it. */
const MAX_LATE_MS = 9 * 60_000;

const MAX_SUSPENDED_MS = 60_000;

/** What its sender hears of a write: `late` ones happen after they were given up. */
export type Fate = 'answered' | 'unanswered' | 'late';

/** Does a call's work. */
export type Commit<T> = (fate: Fate) => T;

/** `peek`: a read of SQL, which others seldom come before: most of them cost no step. */
export type CallKind = 'peek' | 'read' | 'write';

const PEEKS_AT_ONCE = 0.75;

/** Makes external calls fail, in every possible way. */
export class Faults {
  /** The share of calls that fail. */
  rate = 0;
  /** The share of writes that happen although no answer comes. */
  unansweredRate = 0;
  /** Whether such a write may happen after its attempt ended. */
  lateWrites = false;
  /** Called before every call; the fault that it returns happens. */
  plan: (label: string) => FaultKind | undefined = () => undefined;
  readonly #world: World;
  /** The number of writes that are still to happen. */
  #underWay = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Waits until no write is under way. */
  async allArrived(): Promise<void> {
    while (this.#underWay > 0) await this.#world.sleep(10_000);
  }

  /** Runs `commit` between two steps at which the call may fail or its worker die. */
  async around<T>(
    attempt: Attempt,
    label: string,
    { kind, maxLateMs = MAX_LATE_MS }: { kind: CallKind; maxLateMs?: number },
    commit: Commit<T>,
  ): Promise<T> {
    const chosen = this.#choose(kind);
    if (!attempt.goesOn(label)) await never();
    const isAtOnce = kind === 'peek' && this.#world.random.chance(PEEKS_AT_ONCE);
    if (!isAtOnce) await this.#step(attempt, label);
    const fault = this.plan(label) ?? chosen;
    if (fault === 'crash before') return this.#crash(attempt);
    if (fault === 'before') throw failure(label, kind);
    if (fault === 'late' || fault === 'crash late') {
      this.#happenLater(label, maxLateMs, () => commit('late'));
      if (fault === 'crash late') return this.#crash(attempt);
      throw failure(label, kind);
    }
    const result = commit(fault === undefined ? 'answered' : 'unanswered');
    if (fault === 'hang') {
      await this.#world.sleep(60_000);
      return this.#crash(attempt);
    }
    if (fault === 'suspend') {
      attempt.lose();
      await this.#world.sleep(this.#world.random.below(MAX_SUSPENDED_MS));
      return result;
    }
    // What the caller does with a read is another step, so that others may come in between.
    if (kind === 'write') await this.#step(attempt, `${label} ends`);
    if (fault === 'crash after') return this.#crash(attempt);
    if (fault === 'after') throw failure(label, kind);
    return result;
  }

  #choose(kind: CallKind): FaultKind | undefined {
    const { random } = this.#world;
    if (random.chance(this.rate)) return random.pick(KINDS);
    if (kind !== 'write' || !random.chance(this.unansweredRate)) return undefined;
    return random.pick(this.lateWrites ? LATE : LOST);
  }

  /** The write happens whenever it arrives, or is refused then; nobody hears of it. */
  #happenLater(label: string, maxLateMs: number, commit: () => unknown): void {
    this.#underWay += 1;
    void this.#world.sleep(this.#world.random.below(maxLateMs), `${label} happens late`).then(() => {
      this.#underWay -= 1;
      try {
        commit();
      } catch {
        // Refused.
      }
    });
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

const failure = (label: string, kind: CallKind): Error =>
  kind !== 'write' ? new RetryableError('no_answer', label) : new AmbiguousWriteError(label);
