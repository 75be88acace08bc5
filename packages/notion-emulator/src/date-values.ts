import { invalid } from './api-error.ts';
import { object, refuse, text } from './expect.ts';
import type { StoredDate } from './model.ts';

const DAY = /^(\d{4}-\d\d-\d\d)$/;
const TIME = /^(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;

interface Moment {
  readonly text: string;
  readonly hasTime: boolean;
  /** For comparing the two ends of a range. */
  readonly instant: number;
}

/**
 * Reads `{start, end?, time_zone?}` of a request. A time is kept to the minute, with the offset
 * of its time zone; a time without zone and offset is UTC. The name of the zone is not kept.
 * @see https://developers.notion.com/reference/page-property-values#date
 */
export function acceptDate(value: unknown, path: string): StoredDate {
  const body = object(value, path, ['start', 'end', 'time_zone']);
  const zone =
    body.time_zone === undefined || body.time_zone === null ? null : acceptZone(body.time_zone, `${path}.time_zone`);
  const start = acceptMoment(body.start, `${path}.start`, zone);
  const end = body.end === undefined || body.end === null ? null : acceptMoment(body.end, `${path}.end`, zone);
  if (zone !== null && !start.hasTime) throw invalid(`${path}: a date without a time cannot have a time_zone.`);
  if (end && end.hasTime !== start.hasTime) {
    throw invalid(`${path}: start and end must both be dates, or both be dates with a time.`);
  }
  if (end && end.instant < start.instant) throw invalid(`${path}: The end date must be after the start date.`);
  return { start: start.text, end: end?.text ?? null, time_zone: null };
}

function acceptZone(value: unknown, path: string): string {
  const zone = text(value, path);
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw refuse(path, 'a valid IANA time zone', value);
  }
  if (/^[+-]/.test(zone)) throw refuse(path, 'a valid IANA time zone', value);
  return zone;
}

function acceptMoment(value: unknown, path: string, zone: string | null): Moment {
  const given = text(value, path);
  const day = DAY.exec(given)?.[1];
  if (day !== undefined) {
    if (!isCalendarDay(day)) throw refuse(path, 'a valid ISO 8601 date string', value);
    return { text: day, hasTime: false, instant: Date.parse(day) };
  }
  const [, date, hours, minutes, offset] = TIME.exec(given) ?? [];
  if (date === undefined || !isCalendarDay(date)) throw refuse(path, 'a valid ISO 8601 date string', value);
  const local = `${date}T${hours}:${minutes}:00.000`;
  const withOffset = zone === null ? local + offsetInWords(offset) : inZone(local, offset, zone);
  const instant = Date.parse(withOffset);
  if (Number.isNaN(instant)) throw refuse(path, 'a valid ISO 8601 date string', value);
  return { text: withOffset, hasTime: true, instant };
}

const isCalendarDay = (day: string): boolean => {
  const instant = Date.parse(day);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(day);
};

const offsetInWords = (offset: string | undefined): string => {
  if (offset === undefined || offset === 'Z') return '+00:00';
  return offset.includes(':') ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`;
};

/** A local time of the zone, or a time with an offset as the zone shows it. */
function inZone(local: string, offset: string | undefined, zone: string): string {
  if (offset === undefined) return local + offsetAt(local, zone);
  const instant = Date.parse(local + offsetInWords(offset));
  const shown = new Date(instant + offsetOf(instant, zone)).toISOString().slice(0, -1);
  return shown + offsetAt(shown, zone);
}

/** The offset of the zone at this local time. */
function offsetAt(local: string, zone: string): string {
  const guess = Date.parse(`${local}Z`);
  const first = guess - offsetOf(guess, zone);
  const minutes = Math.round(offsetOf(first, zone) / 60_000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function offsetOf(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(instant);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):?(\d\d)?/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** The text of a mentioned date. */
export const dateInWords = (date: StoredDate): string =>
  date.end === null ? date.start : `${date.start} → ${date.end}`;
