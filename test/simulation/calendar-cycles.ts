import { personalCalendar, workCalendar } from '../../src/entities/calendars.ts';
import type { Entity } from '../../src/entities/define.ts';
import type { planTaskEvents } from '../../src/features/task-events/plan-task-events.ts';
import type { calendarEvents } from '../../src/google/calendar-events.ts';
import { BULK } from '../../src/sync/batch-look.ts';
import type { Issue, Policy, RemoteEntity, SyncContext, Tally } from '../../src/sync/ports.ts';
import { Activities } from './activities.ts';
import { tasks } from './calendar-entities.ts';
import type { Sides } from './cycles.ts';
import type { Engine } from './engine.ts';
import type { Attempt } from './faults.ts';
import { type MemoryGoogle, PERSONAL, WORK } from './memory-google.ts';
import type { MemoryTaskEvents } from './task-events.ts';

export interface CalendarSides extends Sides {
  readonly google: MemoryGoogle;
  readonly trigger: MemoryTaskEvents;
}

/** What the simulation runs: the product's parts, or copies with a planted bug. */
export interface CalendarParts {
  readonly engine: Engine;
  readonly adapter: typeof calendarEvents;
  readonly planner: typeof planTaskEvents;
}

interface Options {
  readonly conflicts: Policy['conflicts'];
  readonly timeZone: string;
  readonly newId: () => string;
}

/** Runs the cycles of tasks, both calendars and the trigger, in the order of `src/cycle/sync-names.ts` and `src/activities/sync-calendar.ts`. */
export class CalendarCycles {
  /** What the syncs of the last cycle reported. */
  issues: Issue[] = [];
  readonly #sides: CalendarSides;
  readonly #parts: CalendarParts;
  readonly #options: Options;
  readonly #startedAt: Date;
  readonly #activities: Activities;
  readonly #tallies: Tally[] = [];

  constructor(sides: CalendarSides, parts: CalendarParts, options: Options) {
    this.#sides = sides;
    this.#parts = parts;
    this.#options = options;
    this.#startedAt = new Date(sides.world.now);
    this.#activities = new Activities(sides.world);
  }

  get crashes(): number {
    return this.#activities.crashes;
  }

  get adopted(): number {
    return this.#tallies.reduce((sum, { adopted }) => sum + adopted, 0);
  }

  get failures(): readonly string[] {
    return this.#activities.failures;
  }

  async cycle(): Promise<void> {
    const { trigger } = this.#sides;
    const { syncInbound, resolvePending, syncOutbound } = this.#parts.engine;
    this.issues = [];
    await this.#onTasks(syncInbound);
    // A moved event is compared with the task as it is now.
    await this.#onCalendars([personalCalendar, workCalendar], async (context, attempt) => {
      await syncInbound(context);
      if (!context.policy.readOnly) await trigger.apply(attempt, 'reschedules');
    });
    await this.#onTasks(resolvePending);
    await Promise.all([this.#onTasks(syncOutbound), this.#onCalendars([personalCalendar, workCalendar], syncOutbound)]);
    await this.#onCalendars([personalCalendar], async (context, attempt) => {
      await trigger.apply(attempt);
      await syncOutbound(context);
    });
  }

  #onTasks(work: (context: SyncContext) => Promise<void>): Promise<void> {
    const { notion } = this.#sides;
    return this.#activities.run((attempt) =>
      this.#activities.claimed(tasks.name, attempt, () =>
        work(this.#context(tasks, attempt, notion.port(tasks, attempt))),
      ),
    );
  }

  /** A failure in one calendar does not stop the other. */
  #onCalendars(
    calendars: readonly Entity[],
    work: (context: SyncContext, attempt: Attempt) => Promise<void>,
  ): Promise<void> {
    return this.#activities.run(async (attempt) => {
      const failures: unknown[] = [];
      for (const entity of calendars) {
        const context = this.#context(entity, attempt, this.#calendar(entity, attempt));
        await this.#activities
          .claimed(entity.name, attempt, () => work(context, attempt))
          .catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    });
  }

  #calendar(entity: Entity, attempt: Attempt): RemoteEntity {
    const { google } = this.#sides;
    const { timeZone } = this.#options;
    const calendarId = entity === workCalendar ? WORK : PERSONAL;
    return this.#parts.adapter({ api: google.api(attempt), calendarId, timeZone });
  }

  #context(entity: Entity, attempt: Attempt, remote: RemoteEntity): SyncContext {
    const { world, sql } = this.#sides;
    const { conflicts, newId } = this.#options;
    const tally: Tally = {
      ...{ processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, adopted: 0 },
      errors: this.issues,
    };
    this.#tallies.push(tally);
    return {
      entity,
      remote,
      local: sql.port(entity, attempt),
      clock: {
        now: () => new Date(sql.now),
        sleep: async (ms) => {
          await world.sleep(ms);
          if (!attempt.alive) await new Promise(() => undefined);
        },
      },
      newId,
      policy: {
        conflicts,
        sweepMinutes: 60,
        sweep: false,
        sweepSince: this.#startedAt,
        readOnly: entity === workCalendar,
        acceptArchive: false,
        archiveFloor: 20,
        concurrency: 2,
        bulk: BULK,
      },
      tally,
      progress: () => undefined,
    };
  }
}
