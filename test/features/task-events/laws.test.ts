import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Due,
  dueToSlot,
  isSameDue,
  isUpcoming,
  normalizeDue,
  slotToDue,
} from '../../../src/features/task-events/due.ts';
import {
  type KnownEvent,
  type KnownTask,
  planTaskEvents,
  type TaskEventChange,
  type TaskLink,
} from '../../../src/features/task-events/plan-task-events.ts';

const MINUTE = 60_000;

interface ModelEvent extends KnownEvent {
  readonly taskId: string;
  readonly live: boolean;
}

/** Tasks, events and links as the store has them, and a clock. */
class Model {
  readonly tasks = new Map<string, KnownTask>();
  readonly events = new Map<string, ModelEvent>();
  readonly links = new Map<string, TaskLink>();
  readonly zone: string;
  now = Date.parse('2026-03-05T12:00:00Z');
  #made = 0;

  constructor(zone: string, taskIds: readonly string[]) {
    this.zone = zone;
    for (const id of taskIds) {
      this.tasks.set(id, { title: id, notes: null, due: null, open: true, editedAt: this.at });
    }
  }

  get at(): Date {
    return new Date(this.now);
  }

  liveOf(taskId: string): ModelEvent[] {
    return [...this.events.values()].filter((event) => event.taskId === taskId && event.live);
  }

  plan(): TaskEventChange[] {
    const situations = [...this.tasks].map(([taskId, task]) => {
      const [event = null, ...others] = this.liveOf(taskId);
      if (others.length > 0) throw new Error(`${taskId} has two live events.`);
      return { taskId, task, event, link: this.links.get(taskId) ?? null };
    });
    const newId = (): string => {
      this.#made += 1;
      return `event ${this.#made}`;
    };
    return planTaskEvents(situations, { now: this.at, timeZone: this.zone, newId });
  }

  apply(changes: readonly TaskEventChange[]): void {
    for (const change of changes) {
      const { taskId, link } = change;
      if (change.kind === 'create') {
        const { eventId, slot, summary, description } = change;
        this.events.set(eventId, { eventId, taskId, slot, summary, description, live: true, editedAt: this.at });
      } else if (change.kind === 'move') this.editEvent(change.eventId, { slot: change.slot });
      else if (change.kind === 'retitle') {
        this.editEvent(change.eventId, { summary: change.summary, description: change.description });
      } else if (change.kind === 'remove') this.editEvent(change.eventId, { live: false });
      else if (change.kind === 'reschedule') this.editTask(taskId, { due: change.due });
      this.links.set(taskId, link);
    }
  }

  editTask(taskId: string, more: Partial<KnownTask>): void {
    const before = this.tasks.get(taskId);
    if (before) this.tasks.set(taskId, { ...before, ...more, editedAt: this.at });
  }

  editEvent(eventId: string, more: Partial<ModelEvent>): void {
    const before = this.events.get(eventId);
    if (!before) throw new Error(`There is no ${eventId}.`);
    this.events.set(eventId, { ...before, ...more, editedAt: this.at });
  }
}

type Deed = (model: Model) => void;

const TASKS = ['a', 'b'];
const taskId = fc.constantFrom(...TASKS);
/** Around the clock change in Los Angeles. */
const due: fc.Arbitrary<Due> = fc.record({
  date: fc.integer({ min: 1, max: 14 }).map((day) => `2026-03-${String(day).padStart(2, '0')}`),
  time: fc.option(fc.constantFrom('00:00:00', '02:30:00', '09:15:00', '23:59:59')),
});
const text = fc.constantFrom('', 'x', 'y');
const onEvent = (edit: (model: Model, event: ModelEvent) => void) =>
  taskId.map(
    (id): Deed =>
      (model) => {
        const [event] = model.liveOf(id);
        if (event) edit(model, event);
      },
  );

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.tuple(taskId, fc.option(due)).map(
    ([id, date]): Deed =>
      (model) =>
        model.editTask(id, { due: date }),
  ),
  fc.tuple(taskId, fc.boolean()).map(
    ([id, open]): Deed =>
      (model) =>
        model.editTask(id, { open }),
  ),
  fc.tuple(taskId, text, text).map(
    ([id, title, notes]): Deed =>
      (model) =>
        model.editTask(id, { title, notes }),
  ),
  due.chain((date) => onEvent((model, { eventId }) => model.editEvent(eventId, { slot: dueToSlot(date, model.zone) }))),
  text.chain((summary) => onEvent((model, { eventId }) => model.editEvent(eventId, { summary }))),
  onEvent((model, { eventId }) => model.editEvent(eventId, { live: false })),
  taskId.map(
    (id): Deed =>
      (model) => {
        const deleted = [...model.events.values()].find((event) => event.taskId === id && !event.live);
        if (deleted && model.liveOf(id).length === 0) model.editEvent(deleted.eventId, { live: true });
      },
  ),
  fc.nat(36).map(
    (hours): Deed =>
      (model) => {
        model.now += hours * 60 * MINUTE;
      },
  ),
);
/** Everything that users do between two runs of the trigger. */
const cycles = fc.array(fc.array(deed, { maxLength: 4 }), { minLength: 1, maxLength: 12 });
const zone = fc.constantFrom('America/Los_Angeles', 'Asia/Kolkata', 'UTC');

/** Runs the trigger after each group of user actions, and checks after each run. */
const holds = (check: (model: Model, before: ReadonlyMap<string, KnownTask>, changes: TaskEventChange[]) => void) =>
  fc.assert(
    fc.property(zone, cycles, (zone, bouts) => {
      const model = new Model(zone, TASKS);
      for (const bout of bouts) {
        for (const act of bout) {
          model.now += MINUTE;
          act(model);
        }
        const before = new Map(model.tasks);
        const changes = model.plan();
        model.apply(changes);
        check(model, before, changes);
      }
    }),
    { numRuns: 400 },
  );

describe('for any user actions', () => {
  test('law: a second run changes nothing', () => {
    holds((model) => expect(model.plan()).toEqual([]));
  });

  test('law: an open upcoming task has exactly one event, unless its event was dismissed; a closed task or one without a date has none', () => {
    holds((model) => {
      for (const [id, task] of model.tasks) {
        const live = model.liveOf(id).length;
        const dismissed = model.links.get(id)?.dismissed === true;
        if (!task.open || !task.due) expect(live).toBe(0);
        else if (dismissed) expect(live).toBe(0);
        else if (isUpcoming(task.due, model.at, model.zone)) expect(live).toBe(1);
        else expect(live).toBeLessThanOrEqual(1);
      }
    });
  });

  test('law: a current event is at the due date of its task', () => {
    holds((model) => {
      for (const [id, task] of model.tasks) {
        for (const { slot } of model.liveOf(id)) {
          expect(slot && slotToDue(slot, model.zone)).toEqual(normalizeDue(task.due, model.zone));
        }
      }
    });
  });

  test('law: no event is created for the past', () => {
    holds((model, before, changes) => {
      for (const change of changes) {
        const dueThen = before.get(change.taskId)?.due;
        if (change.kind === 'create') expect(dueThen && isUpcoming(dueThen, model.at, model.zone)).toBe(true);
      }
    });
  });

  test('law: a dismissed event is not created again until the due date changes', () => {
    fc.assert(
      fc.property(zone, due, fc.array(deed, { maxLength: 20 }), (zone, date, deeds) => {
        const model = new Model(zone, ['a']);
        model.editTask('a', { due: date });
        model.apply(model.plan());
        const [made] = model.liveOf('a');
        fc.pre(made !== undefined);
        if (made) model.editEvent(made.eventId, { live: false });
        model.apply(model.plan());
        for (const act of deeds) {
          model.now += MINUTE;
          act(model);
          // Restoring the event, or another date, ends the dismissal.
          if (model.liveOf('a').length > 0 || !isSameDue(model.tasks.get('a')?.due ?? null, date)) return;
          expect(model.plan()).toEqual([]);
        }
      }),
    );
  });

  test('law: the last edit of date and time wins', () => {
    fc.assert(
      fc.property(
        zone,
        due,
        fc.array(fc.tuple(fc.boolean(), due), { minLength: 1, maxLength: 4 }),
        (zone, first, edits) => {
          const model = new Model(zone, ['a']);
          model.now = Date.parse('2026-02-01T00:00:00Z');
          model.editTask('a', { due: first });
          model.apply(model.plan());
          let last = normalizeDue(first, zone);
          for (const [atEvent, date] of edits) {
            model.now += MINUTE;
            const [event] = model.liveOf('a');
            if (atEvent && event) model.editEvent(event.eventId, { slot: dueToSlot(date, zone) });
            else model.editTask('a', { due: date });
            last = normalizeDue(date, zone);
          }
          model.apply(model.plan());
          fc.pre(edits.every(([, date]) => !isSameDue(normalizeDue(date, zone), normalizeDue(first, zone))));
          expect(normalizeDue(model.tasks.get('a')?.due ?? null, zone)).toEqual(last);
        },
      ),
    );
  });
});
