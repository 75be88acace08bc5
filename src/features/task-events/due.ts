import { dayIn, instantOfLocal, startOfDay, timeIn } from '../../shared/zoned-time.ts';

/** When a task is due, in local time of `LOCKSTEP_TIME_ZONE`: a day (`2026-03-01`), with or without a time (`14:30:00`). */
export interface Due {
  readonly date: string;
  readonly time: string | null;
}

/** When an event takes place. Instants (`2026-03-01T13:30:00.000Z`); the end is exclusive; all-day events start at midnight in `timeZone`. */
export interface Slot {
  readonly start: string;
  readonly end: string;
  readonly allDay: boolean;
  readonly timeZone: string;
}

const DEFAULT_LENGTH_MS = 30 * 60_000;
const DAY_MS = 86_400_000;

export const isSameDue = (a: Due | null, b: Due | null): boolean => a?.date === b?.date && a?.time === b?.time;

/** Whether the due date is today or later, or the due time is in the future. */
export const isUpcoming = ({ date, time }: Due, now: Date, zone: string): boolean =>
  time === null ? date >= dayIn(zone, now.getTime()) : instantOfLocal(`${date}T${time}`, zone) > now.getTime();

/** The slot of a task's event: the whole day, or 30 minutes. If `current` is of the same kind, its length is kept. */
export function dueToSlot({ date, time }: Due, zone: string, current: Slot | null = null): Slot {
  if (time === null) {
    const days = current?.allDay ? Math.max(1, Math.round(lengthOf(current) / DAY_MS)) : 1;
    return slot(startOfDay(date, zone), startOfDay(daysAfter(date, days), zone), true, zone);
  }
  const start = instantOfLocal(`${date}T${time}`, zone);
  const length = current && !current.allDay && lengthOf(current) > 0 ? lengthOf(current) : DEFAULT_LENGTH_MS;
  return slot(start, start + length, false, zone);
}

/** The due date of a task whose event takes place in this slot. */
export function slotToDue({ start, allDay, timeZone }: Slot, zone: string): Due {
  const instant = Date.parse(start);
  if (allDay) return { date: dayIn(timeZone, instant), time: null };
  return { date: dayIn(zone, instant), time: timeIn(zone, instant) };
}

/** A due date after conversion to a slot and back: a clock change may skip the time of a task. */
export const normalizeDue = (due: Due | null, zone: string): Due | null => due && slotToDue(dueToSlot(due, zone), zone);

const slot = (start: number, end: number, allDay: boolean, timeZone: string): Slot => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
  allDay,
  timeZone,
});

const lengthOf = ({ start, end }: Slot): number => Date.parse(end) - Date.parse(start);

const daysAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
