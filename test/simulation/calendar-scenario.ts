import fc from 'fast-check';
import { RecordError } from '../../src/errors.ts';
import { isUpcoming } from '../../src/features/task-events/due.ts';
import { planTaskEvents } from '../../src/features/task-events/plan-task-events.ts';
import { calendarEvents } from '../../src/google/calendar-events.ts';
import { CalendarCycles, type CalendarParts, type CalendarSides } from './calendar-cycles.ts';
import { calendars, tasks } from './calendar-entities.ts';
import { brokenCalendars } from './calendar-invariants.ts';
import {
  type CalendarAct,
  calendarActs,
  performOnCalendars,
  SIDES,
  settledCalendars,
  type Users,
} from './calendar-users.ts';
import { engine } from './engine.ts';
import { Faults } from './faults.ts';
import { MemoryGoogle, PERSONAL } from './memory-google.ts';
import { MemoryNotion } from './memory-notion.ts';
import { MemorySql } from './memory-sql.ts';
import { Moments } from './moments.ts';
import type { Outcome } from './scenario.ts';
import { dueOf, fromDue, isOpen, isTaken, MemoryTaskEvents } from './task-events.ts';
import { Ledger } from './users.ts';
import { World } from './world.ts';

export interface CalendarScenario {
  /** Decides which pending step runs next, and which call fails in which way. */
  readonly schedule: number;
  readonly acts: readonly CalendarAct[];
  /** The percentage of external calls that fail. */
  readonly faults: number;
  readonly lagMs: number;
  readonly skewMs: number;
  readonly conflicts: 'row' | 'field';
  readonly timeZone: string;
  /** The time zone of the personal calendar. */
  readonly calendarZone: string;
  readonly pageSize: number;
  readonly emptyPages: boolean;
  /** The percentage of writes that happen although no answer comes. */
  readonly unanswered: number;
  /** Two cycles at once, as when somebody starts one manually. */
  readonly overlapping: boolean;
  /** Whether a user deletes events in the end. */
  readonly dismissing: boolean;
}

const zone = fc.constantFrom('America/Los_Angeles', 'Asia/Kolkata', 'UTC');

export const calendarScenario: fc.Arbitrary<CalendarScenario> = fc.record({
  schedule: fc.nat(),
  acts: calendarActs,
  faults: fc.constantFrom(0, 0, 2, 5, 10),
  lagMs: fc.constantFrom(0, 5_000, 20_000),
  skewMs: fc.constantFrom(0, -90_000, 90_000),
  conflicts: fc.constantFrom('row', 'row', 'field'),
  timeZone: zone,
  calendarZone: zone,
  pageSize: fc.constantFrom(1, 2, 5),
  emptyPages: fc.boolean(),
  overlapping: fc.boolean(),
  unanswered: fc.constantFrom(0, 0, 10, 30),
  dismissing: fc.constantFrom(false, false, true),
});

export const calendarParts: CalendarParts = { engine, adapter: calendarEvents, planner: planTaskEvents };

/** Long enough for every listing to be current. */
const CALM_MS = 5 * 60_000;

type Setting = Pick<CalendarScenario, 'schedule' | 'conflicts' | 'timeZone' | 'calendarZone'>;

/** All sides, empty, and the cycles that sync them. */
export function emptyCalendars(given: Setting, parts: CalendarParts = calendarParts) {
  const { timeZone, conflicts } = given;
  const world = new World(given.schedule);
  const faults = new Faults(world);
  const notion = new MemoryNotion(world, faults, [tasks]);
  const google = new MemoryGoogle(world, faults, { personal: given.calendarZone, work: 'Europe/Madrid' });
  const sql = new MemorySql(world, faults, [tasks, ...calendars]);
  sql.checkRow = (entity, { id, archived, fields }) => {
    const taskId = fields.source_task_id;
    if (calendars.includes(entity) && !archived && typeof taskId === 'string' && isTaken(sql, taskId, id)) {
      throw new RecordError('refused_by_sql', `task ${taskId} has an event already`);
    }
  };
  const newId = counter();
  const trigger = new MemoryTaskEvents(sql, faults, { plan: parts.planner, timeZone, newId });
  const sides: CalendarSides = { world, faults, notion, sql, google, trigger };
  const users: Users = { sides, ledger: new Ledger(), moments: new Moments(timeZone), dismissals: new Set(), timeZone };
  return { sides, users, cycles: new CalendarCycles(sides, parts, { conflicts, timeZone, newId }) };
}

/**
 * Plays one scenario: users and cycles, two cycles without users, the invariants,
 * a third cycle that must write nothing, and sometimes a user who deletes events.
 */
export async function playCalendars(given: CalendarScenario, parts: CalendarParts = calendarParts): Promise<Outcome> {
  const { sides, users, cycles } = emptyCalendars(given, parts);
  const { world, faults, notion, google, sql } = sides;
  const calmCycle = async (): Promise<void> => {
    world.now += CALM_MS;
    await world.run(cycles.cycle());
  };

  for (const act of settledCalendars) performOnCalendars(users, act);
  await world.run(cycles.cycle());
  faults.rate = given.faults / 100;
  faults.unansweredRate = given.unanswered / 100;
  faults.lateWrites = true;
  notion.lagMs = given.lagMs;
  sql.skewMs = given.skewMs;
  google.paging.pageSize = given.pageSize;
  google.paging.emptyPages = given.emptyPages;
  await world.run(noise(users, cycles, given));

  faults.rate = 0;
  faults.unansweredRate = 0;
  notion.lagMs = 0;
  await calmCycle();
  await world.run(faults.allArrived());
  await calmCycle();
  await calmCycle();
  const problems = [...brokenCalendars(users, cycles.issues)];
  const before = written(sides);
  await calmCycle();
  const after = written(sides);
  if (before !== after) problems.push(`a further cycle wrote: ${before} became ${after}`);
  if (given.dismissing && problems.length === 0) problems.push(...(await dismissal(users, calmCycle)));
  problems.push(...cycles.failures);
  const { adopted, crashes } = cycles;
  return { broken: problems, trace: world.trace, adopted, crashes, conflicts: sql.conflicts.length };
}

/** Everything a cycle may write, as one string. */
const written = ({ notion, google, sql, trigger }: CalendarSides): string =>
  JSON.stringify([notion.writes, google.writes, sql.rowWrites, sql.conflicts.length, [...trigger.links]]);

async function noise(users: Users, cycles: CalendarCycles, given: CalendarScenario): Promise<void> {
  const { world } = users.sides;
  let busy = true;
  const user = async (side: CalendarAct['side']): Promise<void> => {
    for (const act of given.acts.filter((act) => act.side === side)) {
      await world.sleep(act.pause);
      await world.step(`${side} user: ${act.kind}`);
      performOnCalendars(users, act);
    }
  };
  const cycling = async (): Promise<void> => {
    do {
      await cycles.cycle();
      await world.sleep(30_000);
    } while (busy);
  };
  const working = Promise.all(SIDES.map(user)).then(() => {
    busy = false;
  });
  await Promise.all([working, cycling(), ...(given.overlapping ? [cycling()] : [])]);
}

/** Fewer deletions than the sync asks approval for. */
const MOST_DISMISSED = 10;

/** A deleted event is not created again until the due date changes. */
async function dismissal({ sides, dismissals, timeZone }: Users, cycle: () => Promise<void>): Promise<string[]> {
  const { google, notion, sql } = sides;
  const eventsOf = (taskId: string) =>
    google.live(PERSONAL).filter(({ id, extendedProperties }) => {
      const isCopy = id.startsWith('human');
      return !isCopy && extendedProperties?.private?.source_task_id === taskId;
    });
  const withEvent = [...sql.of(tasks.name).rows.values()].filter(
    (task) => isOpen(task) && eventsOf(task.id).length > 0,
  );
  const open = withEvent.slice(0, MOST_DISMISSED);
  for (const { id } of open) {
    dismissals.add(id);
    for (const event of eventsOf(id)) google.delete(PERSONAL, event.id);
  }
  await cycle();
  await cycle();
  const nagged = open.filter(({ id }) => eventsOf(id).length > 0);
  const tomorrow = fromDue({ date: new Date(sql.now + 2 * 86_400_000).toISOString().slice(0, 10), time: '12:00:00' });
  for (const { remoteId } of open) notion.edit(remoteId, { fields: { due_date: tomorrow } }, 'person');
  await cycle();
  const missed = [...sql.of(tasks.name).rows.values()].filter((task) => {
    const due = dueOf(task.fields);
    const isAsked =
      open.some(({ id }) => id === task.id) && due !== null && isUpcoming(due, new Date(sql.now), timeZone);
    return isAsked && eventsOf(task.id).length !== 1;
  });
  return [
    ...nagged.map(({ id }) => `the event of task ${id} came back after it was thrown away`),
    ...missed.map(({ id }) => `task ${id} has ${eventsOf(id).length} events after its due date changed`),
  ];
}

function counter(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-4000-9000-${String(count).padStart(12, '0')}`;
  };
}

/** The scenario of one seed. */
export function calendarScenarioOf(seed: number): CalendarScenario {
  const [given] = fc.sample(calendarScenario, { seed, numRuns: 1 });
  if (!given) throw new Error('fast-check gave no scenario');
  return given;
}
