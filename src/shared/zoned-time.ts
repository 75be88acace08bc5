const DAY_MS = 86_400_000;

/** The calendar day in `zone` at an instant: `2026-03-01`. */
export const dayIn = (zone: string, instant: number): string =>
  new Date(wallClock(instant, zone)).toISOString().slice(0, 10);

/** The local time in `zone` at an instant: `14:30:00`. */
export const timeIn = (zone: string, instant: number): string =>
  new Date(wallClock(instant, zone)).toISOString().slice(11, 19);

/** The first instant of a day in `zone`; later than midnight when a clock change skips it. */
export function startOfDay(day: string, zone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  let first = instantOf(midnight, zone);
  // What is skipped may begin on the day before.
  let before = first - (wallClock(first, zone) - midnight);
  while (first - before > 1000) {
    const middle = before + Math.floor((first - before) / 2000) * 1000;
    if (wallClock(middle, zone) < midnight) before = middle;
    else first = middle;
  }
  return first;
}

/** The instant of a local time such as `2026-03-01T14:30:00` in `zone`; the first of two, or the end of a gap. */
export const instantOfLocal = (local: string, zone: string): number => instantOf(Date.parse(`${local}Z`), zone);

export const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

export function isTimeZone(zone: string): boolean {
  try {
    return Boolean(clockOf(zone));
  } catch {
    return false;
  }
}

/** Google returns such zones for events that came from elsewhere. */
const FIXED_OFFSET = /^(?:GMT|UTC)([+-]\d\d:\d\d)$/;

/** The zone that an event's zone means for the functions here; undefined where its name says nothing. */
export function clockZone(name: string | null | undefined): string | undefined {
  if (!name) return undefined;
  return FIXED_OFFSET.exec(name)?.[1] ?? (isTimeZone(name) ? name : undefined);
}

function instantOf(wall: number, zone: string): number {
  const before = wall - offset(wall - DAY_MS, zone);
  const after = wall - offset(wall + DAY_MS, zone);
  if (before === after) return before;
  const matching = [before, after].filter((instant) => wallClock(instant, zone) === wall);
  return matching.length > 0 ? Math.min(...matching) : before;
}

const offset = (instant: number, zone: string): number => wallClock(instant, zone) - instant;

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  clocks.set(zone, clock);
  return clock;
}

/** The Swedish format is ISO 8601 with a space instead of T; its year has as many digits as it needs. */
const SWEDISH = /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/;
/** Before this, a clock shows years BC, which that format does not tell apart. */
const FIRST_YEARS = Date.parse('0001-01-03T00:00:00Z');

/** A zone of one offset, such as `-07:00`, of which Node.js 20 has no clock. */
const OFFSET = /^[+-]\d\d:\d\d$/;

/** The local time in `zone`, as if it were UTC, in whole seconds. NaN for an invalid instant. */
function wallClock(instant: number, zone: string): number {
  if (Number.isNaN(instant)) return Number.NaN;
  if (OFFSET.test(zone)) return instant - Date.parse(`1970-01-01T00:00:00${zone}`);
  if (instant < FIRST_YEARS) return instant + offset(FIRST_YEARS, zone);
  const [year = 0, month = 0, day = 0, ...time] =
    SWEDISH.exec(clockOf(zone).format(instant))?.slice(1).map(Number) ?? [];
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  const [hour = 0, minute = 0, second = 0] = time;
  return at.setUTCHours(hour, minute, second);
}
