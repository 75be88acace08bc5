import { RecordError } from '../errors.ts';

/** A date in Notion: https://developers.notion.com/reference/page-property-values#date */
export interface NotionDate {
  readonly start: string;
  readonly end: string | null;
  readonly time_zone: string | null;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * `2026-03-01`, or `2026-03-01T14:30:00` local to `zone` when there is a column for the time; null when SQL cannot store
 * the date. A date in Notion has no seconds: 629 of 629 recorded values were cut to the minute.
 */
export function readDate(date: NotionDate, zone: string, withTime: boolean): string | null {
  if (isDay(date.start)) return toStorableIso(date.start);
  const local = toStorableIso(isoOf(wallClock(instantIn(date.start, date, zone), zone)));
  if (local === null) return null;
  return withTime ? toMinute(local) : local.slice(0, 10);
}

/** Notion's date for a neutral value. */
export const writeDate = (value: string, zone: string): NotionDate => ({
  start: isDay(value) ? value : withOffset(instantOf(wallOf(value), zone), zone),
  end: null,
  time_zone: null,
});

/**
 * The neutral form of a day or a local time, or undefined when it is neither.
 * A time that the clocks skip is moved forward by the skipped hour; `24:00` is the next day. Seconds are dropped.
 */
export function normaliseDate(value: string, zone: string, withTime: boolean): string | undefined {
  const match = value.match(/^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/);
  const [, day, hours, minutes, seconds] = match ?? [];
  if (day === undefined || !isCalendarDay(day)) return undefined;
  if (hours === undefined) return day;
  const time = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)) * 1000;
  if (Number(minutes) > 59 || Number(seconds ?? 0) > 59 || time > DAY_MS) return undefined;
  if (!withTime) return day;
  return toMinute(isoOf(wallClock(instantOf(wallOf(day) + time, zone), zone)));
}

/**
 * Moves a date to a new value and keeps what the value does not contain: its time of day
 * when SQL has no column for it, its end, its time zone. The end moves by the same number
 * of days, or by the same duration if the time of day changes.
 */
export function moveDate(held: NotionDate, value: string, zone: string, withTime: boolean): NotionDate {
  const date = withValidEnd(held, zone);
  const day = readDate(date, zone, false);
  const readsAsValue = (moved: NotionDate) => readDate(moved, zone, withTime) === value && hasValidEnd(moved, zone);
  if (readsAsValue(date)) return writableDate(date);
  if (day === null) return writeDate(value, zone);
  const hasTime = !isDay(date.start);
  if (isDay(value) && hasTime && withTime) return toAllDay(date, value, zone);
  if (!isDay(value) && !hasTime) return toTimed(date, value, zone);

  const days = Math.round((wallOf(value.slice(0, 10)) - wallOf(day)) / DAY_MS);
  const time = readDate(date, zone, true)?.slice(10) ?? '';
  const local = isDay(value) ? value + time : value;
  const attempts = [
    ...(local === value.slice(0, 10) + time ? [moveByDays(date, days, zone)] : []),
    ...(isDay(local) ? [] : [moveTo(date, instantOf(wallOf(local), zone), zone)]),
  ];
  const moved = attempts.find(readsAsValue);
  return moved ? writableDate(moved) : writeDate(value, zone);
}

/** The instant at which a date starts; a day starts at midnight in `zone`. Null when SQL cannot store the instant. */
export const readTimestamp = (date: NotionDate, zone: string): string | null =>
  toStorableIso(isoOf(toWholeMinute(instantIn(date.start, date, zone))));

/** An instant in neutral form, or undefined when the value is not one. Without an offset it is local to `zone`. Seconds are dropped. */
export function normaliseTimestamp(value: string, zone: string): string | undefined {
  const match = value.match(/^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/);
  if (match?.[1] === undefined || !isCalendarDay(match[1])) return undefined;
  const text = value.replace(' ', 'T').replace(/([+-]\d\d)$/, (offset, _, at) => (at > 10 ? `${offset}:00` : offset));
  const instant = instantIn(text, { time_zone: zone }, zone);
  return toStorableIso(isoOf(toWholeMinute(instant))) ?? undefined;
}

export const writeTimestamp = (value: string): NotionDate => ({ start: value, end: null, time_zone: null });

/** Moves a date to a new instant. Its end moves by the same duration; its time zone is kept. */
export function moveTimestamp(held: NotionDate, value: string, zone: string): NotionDate {
  const date = withValidEnd(held, zone);
  if (readTimestamp(date, zone) === value) return writableDate(date);
  const moved = moveTo(date, Date.parse(value), zone);
  return readTimestamp(moved, zone) === value ? writableDate(moved) : writeTimestamp(value);
}

/**
 * A date that Notion accepts: it returns times with an offset, a `time_zone`, or both, but accepts only one of them.
 * The second of two equal hours, and a time with seconds, cannot be written in local time: then the instant is kept,
 * without the zone.
 * @throws RecordError when this Node.js does not know the time zone
 */
export function writableDate(date: NotionDate): NotionDate {
  const { time_zone: zone } = date;
  if (zone === null) return date;
  const local = formatTimes(date, (instant) => toMinute(isoOf(wallClock(instant, zone))));
  return sameDate(local, date)
    ? local
    : { ...formatTimes(date, (instant) => withOffset(instant, zone)), time_zone: null };
}

/** Whether two dates mean the same, whatever offsets their times are written with. */
export function sameDate(a: NotionDate, b: NotionDate): boolean {
  const meaning = (text: string | null, date: NotionDate) =>
    text === null || isDay(text) ? text : instantIn(text, date, 'UTC');
  return (
    meaning(a.start, a) === meaning(b.start, b) &&
    meaning(a.end, a) === meaning(b.end, b) &&
    a.time_zone === b.time_zone
  );
}

/** A local time without its seconds: `2026-03-01T14:30:00`. */
const toMinute = (local: string): string => `${local.slice(0, 16)}:00`;

const toWholeMinute = (instant: number): number => Math.floor(instant / MINUTE_MS) * MINUTE_MS;

const isDay = (text: string): boolean => text.length === 10;

/** PostgreSQL has no year 0, and our format has four-digit years. */
const toStorableIso = (iso: string): string | null => (/^(?!0000)\d{4}-/.test(iso) ? iso : null);

/** Whether Notion accepts the end: not before the start, and with a time if the start has one. */
export const hasValidEnd = (date: NotionDate, zone: string): boolean =>
  date.end === null ||
  (isDay(date.start) === isDay(date.end) && instantIn(date.end, date, zone) >= instantIn(date.start, date, zone));

const withValidEnd = (date: NotionDate, zone: string): NotionDate =>
  hasValidEnd(date, zone) ? date : { ...date, end: null };

const isCalendarDay = (day: string): boolean => {
  const wall = wallOf(day);
  return !Number.isNaN(wall) && isoOf(wall).startsWith(day);
};

const isoOf = (instant: number): string => (Number.isNaN(instant) ? '' : new Date(instant).toISOString());

/** A local date or time in milliseconds, as if it were UTC. */
const wallOf = (local: string): number => Date.parse(isDay(local) ? local : `${local}Z`);

/** A range that becomes all-day keeps the days it covered. */
function toAllDay(date: NotionDate, value: string, zone: string): NotionDate {
  const fresh = writeDate(value, zone);
  if (date.end === null) return fresh;
  const from = wallOf(readDate(date, zone, false) ?? '');
  const to = wallOf(readDate({ ...date, start: date.end }, zone, false) ?? '');
  return to > from ? { ...fresh, end: isoOf(wallOf(value) + to - from).slice(0, 10) } : fresh;
}

/** A range of days that gets a time gets it at both ends. */
function toTimed(date: NotionDate, value: string, zone: string): NotionDate {
  const end = date.end === null ? null : wallOf(date.end) + wallOf(value) - wallOf(date.start);
  return { ...writeDate(value, zone), end: end === null ? null : withOffset(instantOf(end, zone), zone) };
}

function moveByDays(date: NotionDate, days: number, zone: string): NotionDate {
  const own = date.time_zone ?? zone;
  const move = (text: string) =>
    isDay(text)
      ? isoOf(wallOf(text) + days * DAY_MS).slice(0, 10)
      : withOffset(instantOf(wallClock(instantIn(text, date, zone), own) + days * DAY_MS, own), own);
  return { ...date, start: move(date.start), end: date.end === null ? null : move(date.end) };
}

function moveTo(date: NotionDate, instant: number, zone: string): NotionDate {
  const own = date.time_zone ?? zone;
  const shift = instant - instantIn(date.start, date, zone);
  const end = date.end === null ? null : withOffset(instantIn(date.end, date, zone) + shift, own);
  return { ...date, start: withOffset(instant, own), end };
}

/** Formats the times of a date. */
function formatTimes(date: NotionDate, format: (instant: number) => string): NotionDate {
  const write = (text: string) => (isDay(text) ? text : format(instantIn(text, date, 'UTC')));
  return { ...date, start: write(date.start), end: date.end === null ? null : write(date.end) };
}

function withOffset(instant: number, zone: string): string {
  const wall = wallClock(instant, zone);
  const minutes = Math.abs(wall - instant) / MINUTE_MS;
  // Offsets from before standard time have seconds, which ISO 8601 cannot express: the next minute reads as the wanted one.
  if (!Number.isInteger(minutes)) return isoOf(Math.ceil(instant / MINUTE_MS) * MINUTE_MS);
  const two = (n: number) => String(n).padStart(2, '0');
  const offset = `${wall < instant ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return trimZeros(isoOf(wall).slice(0, -1)) + offset;
}

const trimZeros = (local: string): string => local.replace(/\.000$/, '');

/** A time without an offset is local to the date's time zone; a day starts at midnight in `zone`. */
function instantIn(text: string, date: Pick<NotionDate, 'time_zone'>, zone: string): number {
  if (isDay(text)) return instantOf(wallOf(text), zone);
  if (/(Z|[+-]\d\d:?\d\d)$/.test(text)) return Date.parse(text);
  return instantOf(wallOf(text), date.time_zone ?? 'UTC');
}

/** The first instant at which clocks in `zone` show this; if they skip it, later by the skipped time. */
function instantOf(wall: number, zone: string): number {
  const before = wallClock(wall - DAY_MS, zone) - (wall - DAY_MS);
  const after = wallClock(wall + DAY_MS, zone) - (wall + DAY_MS);
  const matching = [wall - before, wall - after].filter((instant) => wallClock(instant, zone) === wall);
  return matching.length > 0 ? Math.min(...matching) : wall - before;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const numeric = 'numeric';
  const clock = clockIn(zone, {
    hourCycle: 'h23',
    era: 'short',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  clocks.set(zone, clock);
  return clock;
}

function clockIn(zone: string, form: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { ...form, timeZone: zone });
  } catch (error) {
    const message = `Notion has a date in the time zone "${zone}", which this Node.js does not know: update Node.js.`;
    throw error instanceof RangeError ? new RecordError('unknown_time_zone', message, { cause: error }) : error;
  }
}

/** The time that clocks in `zone` show at an instant. */
function wallClock(instant: number, zone: string): number {
  if (Number.isNaN(instant)) return Number.NaN;
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of clockOf(zone).formatToParts(instant)) part[type] = value;
  const two = (text = '') => text.padStart(2, '0');
  // The year before year 1 is 0 in ISO 8601 and 1 BC in the formatted parts.
  const year = part.era === 'BC' ? 1 - Number(part.year) : Number(part.year);
  const years =
    year < 0 || year > 9999
      ? `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
      : String(year).padStart(4, '0');
  const seconds = `${years}-${two(part.month)}-${two(part.day)}T${two(part.hour)}:${two(part.minute)}:${two(part.second)}Z`;
  return Date.parse(seconds) + (((instant % 1000) + 1000) % 1000);
}
