import { describe, expect, test } from 'vitest';
import type { Fields } from '../../src/sync/types.ts';
import { Cycles, type Sides } from './cycles.ts';
import { engine } from './engine.ts';
import { cards, simulated } from './entities.ts';
import { type FaultKind, Faults } from './faults.ts';
import { broken, watch } from './invariants.ts';
import { latest, MemoryNotion } from './memory-notion.ts';
import { MemorySql } from './memory-sql.ts';
import { Ledger } from './users.ts';
import { World } from './world.ts';

/**
 * A small model, exhausted: one record, two fields, everything that each side
 * can do with it, and every step of the next cycle going wrong in every way.
 */
const STARTS = ['synced', 'only in Notion', 'only in SQL'] as const;
const NOTION_DOES = ['nothing', 'edits title', 'edits count', 'cancels', 'trashes', 'duplicates', 'creates'] as const;
const SQL_DOES = ['nothing', 'edits title', 'edits count', 'archives', 'deletes', 'inserts', 'inserts again'] as const;
const EVENTS = ['before', 'after', 'crash before', 'crash after', 'hang', 'Notion edits', 'SQL edits'] as const;

interface Model {
  readonly start: (typeof STARTS)[number];
  readonly notion: (typeof NOTION_DOES)[number];
  readonly sql: (typeof SQL_DOES)[number];
  /** Whose edit is the later one. */
  readonly last: 'notion' | 'sql';
  readonly conflicts: 'row' | 'field';
  readonly lagMs: number;
}

/** What happens at one call to the outside. */
interface Event {
  readonly at: number;
  readonly what: (typeof EVENTS)[number];
}

const ROW = '00000000-0000-4000-8000-000000000001';
const CHAT = 'sql:telegram_1';
const MINUTES = 60_000;

const isFault = (what: Event['what']): what is FaultKind => what !== 'Notion edits' && what !== 'SQL edits';

/** One record's world, and what its two users do. */
class Play {
  readonly world = new World(1);
  readonly faults = new Faults(this.world);
  readonly ledger = new Ledger();
  readonly sides: Sides;
  readonly #cycles: Cycles;
  readonly #seen: string[];

  constructor(readonly model: Model) {
    const { world, faults } = this;
    const notion = new MemoryNotion(world, faults, simulated);
    const sql = new MemorySql(world, faults, simulated);
    this.sides = { world, faults, notion, sql };
    this.#cycles = new Cycles(this.sides, engine, model.conflicts);
    this.#seen = watch(this.sides);
  }
}
