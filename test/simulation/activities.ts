import { FinalError, RetryableError } from '../../src/errors.ts';
import { Attempt, WorkerCrash } from './faults.ts';
import type { World } from './world.ts';

/** Runs activities as Temporal and the workers do: retries on another worker, and frees the claims of a dead one. */
export class Activities {
  /** Activities that failed for good. The next cycle repeats them. */
  readonly failures: string[] = [];
  crashes = 0;
  readonly #world: World;
  readonly #claims = new Map<string, Attempt>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Retries until it succeeds, or until a retry cannot help. */
  async run(work: (attempt: Attempt) => Promise<void>): Promise<void> {
    for (;;) {
      const attempt = new Attempt();
      // First, since the work may die at once.
      const death = attempt.death();
      const failure = await Promise.race([death, work(attempt)]).then(
        () => null,
        (error: unknown) => error,
      );
      if (!attempt.isOver) attempt.die();
      if (failure === null) return;
      if (failure instanceof WorkerCrash) this.crashes += 1;
      else if (failure instanceof FinalError) {
        this.failures.push(failure.message);
        return;
      } else if (!(failure instanceof RetryableError)) throw failure;
      await this.#world.sleep(1_000 + this.#world.random.below(4_000));
    }
  }

  /** Waits for the claim, and holds it until the attempt ends. */
  async claimed(name: string, attempt: Attempt, work: () => Promise<void>): Promise<void> {
    for (;;) {
      const holder = this.#claims.get(name);
      if (!holder || holder.isOver) break;
      await holder.end();
      await this.#world.step(`the claim of ${name} is free`);
    }
    this.#claims.set(name, attempt);
    await work();
  }
}
