import { Random } from './random.ts';

interface Step {
  readonly label: string;
  readonly at: number;
  readonly go: () => void;
}

/**
 * A world in which one seed determines time and order. Every wait happens here,
 * and the scheduler picks one pending step at a time.
 */
export class World {
  readonly random: Random;
  /** Milliseconds since 1970. Changes only here. */
  now = Date.parse('2026-03-02T09:00:00Z');
  readonly trace: string[] = [];
  readonly #waiting: Step[] = [];
  #order = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** The place of a write or a look among all of them. */
  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  /** Yields; resolves when the scheduler picks this step. */
  step(label: string): Promise<void> {
    return this.#wait(label, this.now);
  }

  sleep(ms: number, label = 'sleep'): Promise<void> {
    return this.#wait(label, this.now + ms);
  }

  /** Runs until `work` is done. @throws if it never ends, with the last steps */
  async run(work: Promise<void>, mostSteps = 60_000): Promise<void> {
    let over = false;
    let failure: unknown;
    const end = work
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        over = true;
      });
    // A tick comes after the promises only if a promise asks for it.
    await null;
    for (let steps = 0; ; steps += 1) {
      await settled();
      if (over) break;
      if (steps > mostSteps)
        throw new Error(`the world does not come to rest; last steps: ${this.trace.slice(-30).join(' | ')}`);
      this.#takeOne();
    }
    await end;
    if (failure) throw failure;
  }

  #wait(label: string, at: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ label, at, go: resolve });
    });
  }

  #takeOne(): void {
    const due = this.#waiting.filter((step) => step.at <= this.now);
    const step = due.length > 0 ? this.random.pick(due) : this.#earliest();
    if (!step) throw new Error('everybody waits for ever');
    this.#waiting.splice(this.#waiting.indexOf(step), 1);
    this.now = Math.max(this.now, step.at) + this.random.below(400);
    this.trace.push(step.label);
    step.go();
  }

  #earliest(): Step | undefined {
    return this.#waiting.reduce<Step | undefined>(
      (first, step) => (!first || step.at < first.at ? step : first),
      undefined,
    );
  }
}

/** Resolves when every promise that can go on has done so: Node.js runs a tick after all of them. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
