import type { Entity } from '../../src/entities/define.ts';
import { FinalError, RetryableError } from '../../src/errors.ts';
import type { Policy, SyncContext, Tally } from '../../src/sync/ports.ts';
import type { Engine } from './engine.ts';
import { simulated } from './entities.ts';
import { Attempt, type Faults, WorkerCrash } from './faults.ts';
import type { MemoryNotion } from './memory-notion.ts';
import type { MemorySql } from './memory-sql.ts';
import type { World } from './world.ts';

export interface Sides {
  readonly world: World;
  readonly faults: Faults;
  readonly notion: MemoryNotion;
  readonly sql: MemorySql;
}

/** Runs cycles as Temporal and the workers do: activities retried elsewhere, claims freed with their worker. */
export class Cycles {
  /** What syncs gave up on; the next cycle does it. */
  readonly failures: string[] = [];
  adopted = 0;
  crashes = 0;
  readonly #sides: Sides;
  readonly #engine: Engine;
  readonly #conflicts: Policy['conflicts'];
  readonly #startedAt: Date;
  readonly #claims = new Map<string, Attempt>();
  #ids = 0;

  constructor(sides: Sides, engine: Engine, conflicts: Policy['conflicts']) {
    this.#sides = sides;
    this.#engine = engine;
    this.#conflicts = conflicts;
    this.#startedAt = new Date(sides.world.now);
  }

  async cycle(sweep: boolean): Promise<void> {
    const each = (work: (entity: Entity) => Promise<void>): Promise<unknown> => Promise.all(simulated.map(work));
    await each((entity) => this.#activity(entity, 'inbound', sweep));
    for (const entity of simulated) await this.#activity(entity, 'settle', false);
    for (const entity of simulated) await this.#activity(entity, 'outbound', false);
  }

  async #activity(entity: Entity, phase: keyof Engine, sweep: boolean): Promise<void> {
    const { world } = this.#sides;
    for (;;) {
      const attempt = new Attempt();
      const work = this.#claimed(entity, attempt, () => this.#engine[phase](this.#context(entity, attempt, sweep)));
      const failure = await Promise.race([work, attempt.death()]).then(
        () => null,
        (error: unknown) => error,
      );
      attempt.die();
      if (failure === null) return;
      if (failure instanceof WorkerCrash) this.crashes += 1;
      else if (failure instanceof FinalError) {
        this.failures.push(failure.message);
        return;
      } else if (!(failure instanceof RetryableError)) throw failure;
      await world.sleep(1_000 + world.random.below(4_000));
    }
  }

  async #claimed(entity: Entity, attempt: Attempt, work: () => Promise<void>): Promise<void> {
    while (this.#claims.get(entity.name)?.alive) await this.#sides.world.sleep(250);
    this.#claims.set(entity.name, attempt);
    await work();
  }

  #context(entity: Entity, attempt: Attempt, sweep: boolean): SyncContext {
    const { world, notion, sql } = this.#sides;
    const cycles = this;
    const tally: Tally = {
      processed: 0,
      created: 0,
      updated: 0,
      archived: 0,
      conflicts: 0,
      errors: [],
      get adopted() {
        return 0;
      },
      set adopted(count: number) {
        cycles.adopted += count;
      },
    };
    return {
      entity,
      remote: notion.port(entity, attempt),
      local: sql.port(entity, attempt),
      clock: {
        now: () => new Date(sql.now),
        sleep: async (ms) => {
          await world.sleep(ms);
          if (!attempt.alive) await new Promise(() => undefined);
        },
      },
      newId: () => {
        this.#ids += 1;
        return `00000000-0000-4000-9000-${String(this.#ids).padStart(12, '0')}`;
      },
      policy: {
        conflicts: this.#conflicts,
        sweepMinutes: 60,
        sweep,
        sweepSince: this.#startedAt,
        readOnly: false,
        acceptArchive: false,
        concurrency: 2,
      },
      tally,
      progress: () => undefined,
    };
  }
}
