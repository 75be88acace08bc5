import { dayIn, instantOfLocal, startOfDay } from '../../shared/zoned-time.ts';

/** When a task is due, as clocks in `LOCKSTEP_TIME_ZONE` show it: on a day (`2026-03-01`), or at a time of it (`14:30:00`). */
export interface Due {
  readonly date: string;
  readonly time: string | null;
}

/** When an event takes place: instants (`2026-03-01T13:30:00.000Z`), the end exclusive, days as they begin in `timeZone`. */
export interface Slot {
  readonly start: string;
  readonly end: string;
  readonly allDay: boolean;
  readonly timeZone: string;
}

const TIMED_MS = 30 * 60_000;
const DAY_MS = 86_400_000;

export const sameDue = (a: Due | null, b: Due | null): boolean => a?.date === b?.date && a?.time === b?.time;

/** Today counts, and so does a time that is still to come. */
export const isAhead = ({ date, time }: Due, now: Date, zone: string): boolean =>
  time === null ? date >= dayIn(zone, now.getTime()) : instantOfLocal(`${date}T${time}`, zone) > now.getTime();

/** The slot of a task's event: its whole day, or 30 minutes; one that `held` a slot of the same kind keeps its length. */
export function slotFor({ date, time }: Due, zone: string, held: Slot | null = null): Slot {
  if (time === null) {
    const days = held?.allDay ? Math.max(1, Math.round(lengthOf(held) / DAY_MS)) : 1;
    return slot(startOfDay(date, zone), startOfDay(daysAfter(date, days), zone), true, zone);
  }
  const start = instantOfLocal(`${date}T${time}`, zone);
  const length = held && !held.allDay && lengthOf(held) > 0 ? lengthOf(held) : TIMED_MS;
  return slot(start, start + length, false, zone);
}

/** When a task whose event takes place then is due. */
export function dueOf({ start, allDay, timeZone }: Slot, zone: string): Due {
  const instant = Date.parse(start);
  if (allDay) return { date: dayIn(timeZone, instant), time: null };
  return { date: dayIn(zone, instant), time: new Date(instant).toLocaleTimeString('sv-SE', { timeZone: zone }) };
}

/** The due date that comes back from an event made for it: the clocks may skip the time that a task names. */
export const asHeld = (due: Due | null, zone: string): Due | null => due && dueOf(slotFor(due, zone), zone);

const slot = (start: number, end: number, allDay: boolean, timeZone: string): Slot => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
  allDay,
  timeZone,
});

const lengthOf = ({ start, end }: Slot): number => Date.parse(end) - Date.parse(start);

const daysAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
