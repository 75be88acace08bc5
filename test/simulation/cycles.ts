import type { Entity } from '../../src/entities/define.ts';
import { BULK } from '../../src/sync/batch-look.ts';
import { ARCHIVE_FLOOR } from '../../src/sync/brake.ts';
import type { Policy, SyncContext, Tally } from '../../src/sync/ports.ts';
import { Activities } from './activities.ts';
import type { Engine } from './engine.ts';
import type { Attempt, Faults } from './faults.ts';
import type { MemoryNotion } from './memory-notion.ts';
import type { MemorySql } from './memory-sql.ts';
import type { World } from './world.ts';

export interface Sides {
  readonly world: World;
  readonly faults: Faults;
  readonly notion: MemoryNotion;
  readonly sql: MemorySql;
}

/** Runs cycles as the workflows do. */
export class Cycles {
  adopted = 0;
  /** Approves what waits for the archive brake. */
  acceptArchive = false;
  readonly #sides: Sides;
  readonly #engine: Engine;
  readonly #conflicts: Policy['conflicts'];
  readonly #startedAt: Date;
  readonly #archiveFloor: number;
  readonly #bulk: Policy['bulk'];
  readonly #activities: Activities;
  #ids = 0;

  constructor(
    sides: Sides,
    engine: Engine,
    conflicts: Policy['conflicts'],
    { archiveFloor = ARCHIVE_FLOOR, bulk = BULK }: Partial<Pick<Policy, 'archiveFloor' | 'bulk'>> = {},
  ) {
    this.#archiveFloor = archiveFloor;
    this.#bulk = bulk;
    this.#sides = sides;
    this.#engine = engine;
    this.#conflicts = conflicts;
    this.#startedAt = new Date(sides.world.now);
    this.#activities = new Activities(sides.world);
  }

  get crashes(): number {
    return this.#activities.crashes;
  }

  async cycle(sweep: boolean): Promise<void> {
    const { entities } = this.#sides.notion;
    const each = (work: (entity: Entity) => Promise<void>): Promise<unknown> => Promise.all(entities.map(work));
    await each((entity) => this.#activity(entity, 'syncInbound', sweep));
    for (const entity of entities) await this.#activity(entity, 'resolvePending', false);
    for (const entity of entities) await this.#activity(entity, 'syncOutbound', false);
  }

  #activity(entity: Entity, phase: keyof Engine, sweep: boolean): Promise<void> {
    return this.#activities.run((attempt) =>
      this.#activities.claimed(entity.name, attempt, async () => {
        await this.#engine[phase](this.#context(entity, attempt, sweep));
        if (!attempt.isOver) this.#sides.notion.onSynced(attempt);
      }),
    );
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
        acceptArchive: this.acceptArchive,
        archiveFloor: this.#archiveFloor,
        concurrency: 2,
        bulk: this.#bulk,
      },
      tally,
      progress: () => undefined,
    };
  }
}
