import * as chrono from 'chrono-node';
import { ISO_DATE, isDay, isTime } from '../../operations/fields/iso-date.ts';
import { translateDates } from './date-words.ts';

/** A day and, when given, a time of day, in the owner's time zone. */
export interface ParsedDate {
  /** `2026-03-01` */
  readonly date: string;
  /** `14:30` */
  readonly time: string | null;
}

/** When and in which time zone a text was written: "tomorrow" depends on it. */
export interface Moment {
  readonly now: Date;
  readonly timeZone: string;
}

/** In a longer text no date is looked for: the search would take too long. */
const MAX_DATED_LENGTH = 500;

/** Parses a text that is a date and nothing else, such as `2026-03-01 14:30` or `tomorrow at 9`. @returns null for any other text */
export function readDate(text: string, moment: Moment): ParsedDate | null {
  const [iso = '', date, time = null, offset] = ISO_DATE.exec(text.trim()) ?? [];
  if (date !== undefined) {
    if (!isDay(date) || (time !== null && !isTime(time))) return null;
    return offset === undefined ? { date, time } : localTime(Date.parse(iso.replace(' ', 'T')), moment.timeZone);
  }
  const taken = takeDate(text, moment);
  return taken && taken.rest === '' ? taken.date : null;
}

/** Finds the date in a text. @returns the date and the rest of the text, or null when there is none */
export function takeDate(text: string, moment: Moment): { readonly date: ParsedDate; readonly rest: string } | null {
  if (text.length > MAX_DATED_LENGTH) return null;
  const english = translateDates(text);
  const found = choose(english.text, partsOf(english.text, moment));
  if (!found) return null;
  const { day, time } = found;
  const used = [day, time].filter((part) => part !== undefined);
  const places = used.map(({ index, text: match }) => english.toOriginal(index, index + match.length));
  return { date: toDate(found, moment), rest: without(text, places) };
}

interface Chosen {
  readonly day: Part | undefined;
  readonly time: Part | undefined;
}

function choose(text: string, parts: readonly Part[]): Chosen | null {
  // Day and time may be apart: "2pm meeting tomorrow".
  const day = best(text, parts.filter(saysDay));
  const time =
    day && saysTime(day)
      ? undefined
      : best(
          text,
          parts.filter((part) => saysTime(part) && !saysDay(part)),
        );
  return day || time ? { day, time } : null;
}

/** The owner's day and time. A time zone that the text names is converted; hours from now are counted in real time. */
function toDate({ day, time }: Chosen, { now, timeZone }: Moment): ParsedDate {
  const first = day ?? time;
  const clock = day && saysTime(day) ? day : time;
  if (!first) throw new Error('a date without a part');
  const elapsed = clock ? elapsedMs(clock, now, timeZone) : null;
  if (elapsed !== null) return localTime(now.getTime() + elapsed, timeZone);
  const date = { date: dateOf(first), time: clock ? timeOf(clock) : null };
  // A relative date has this machine's offset, which the text does not name.
  const offset = clock && NAMED_ZONE.test(clock.text) ? clock.start.get('timezoneOffset') : null;
  if (offset === null || date.time === null) return date;
  return localTime(Date.parse(`${date.date}T${date.time}Z`) - offset * 60_000, timeZone);
}

const NAMED_ZONE =
  /\b(?:utc|gmt|[ecmp][sd]t|ak[sd]t|hst|ae[sd]t|bst|ist|jst|msk|cest|cet|eest|eet|west|wet)\b|\d ?z\b|\d[+-]\d\d:?\d\d/i;

/** For "in 24 hours": a clock change in between moves the clock, not the hours. */
function elapsedMs({ text, start }: Part, now: Date, timeZone: string): number | null {
  const isElapsed =
    /\b(?:hours?|hrs?|minutes?|mins?|h)\b/i.test(text) && /^(?:in|within)\b|\b(?:from now|later)$/i.test(text);
  return isElapsed ? Math.round((start.date().getTime() - wallClock(now, timeZone).getTime()) / 60_000) * 60_000 : null;
}

function localTime(instant: number, timeZone: string): ParsedDate {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
  return { date: shown.slice(0, 10), time: shown.slice(11, 16) };
}

type Part = chrono.ParsedResult;

const saysDay = ({ start }: Part): boolean =>
  start.isCertain('day') || start.isCertain('weekday') || start.tags().has('result/relativeDate');
const saysTime = ({ start }: Part): boolean => start.isCertain('hour');

function partsOf(text: string, { now, timeZone }: Moment): Part[] {
  const parser = isMonthFirst(timeZone) ? chrono.en.casual : chrono.en.GB;
  return parser
    .parse(text, wallClock(now, timeZone), { forwardDate: true })
    .filter((part) => (saysDay(part) || saysTime(part)) && isDueDate(part, text));
}

/** Elsewhere, 3/12 is a day in December. */
const isMonthFirst = (zone: string): boolean =>
  /^(US\/|America\/(New_York|Detroit|Kentucky|Indiana|Chicago|Menominee|North_Dakota|Denver|Boise|Phoenix|Los_Angeles|Anchorage|Juneau|Sitka|Nome|Adak)|Pacific\/Honolulu)/.test(
    zone,
  );

/** Excludes what looks like a date but is no due date: a length, a name, the past. */
function isDueDate({ text: match, index, start }: Part, text: string): boolean {
  const before = text.slice(0, index);
  const after = text.slice(index + match.length);
  if (
    /^(now|last|past|yesterday)\b/i.test(match) ||
    / ago$/i.test(match) ||
    /\b(every|each|up to|since)\s+$/i.test(before)
  )
    return false;
  const isRelative = start.tags().has('result/relativeDate');
  if (
    isRelative &&
    !/^(in|within|next|this|coming|the day|day|an? \w+ (from|later))\b|(from now|later|after tomorrow)$/i.test(match)
  ) {
    return false;
  }
  const isShort = /^(sun|mon|tues?|wed|thu(rs?)?|fri|sat)$/i.test(match);
  return (
    !isShort ||
    /^\W*$/.test(after) ||
    /^ @/.test(after) ||
    /\b(on|by|next|this|due|until|till|before)\s+$/i.test(before)
  );
}

/** The date at the end of the text, or the first one. */
function best(text: string, parts: readonly Part[]): Part | undefined {
  return parts.find(({ index, text: match }) => /^\W*$/.test(text.slice(index + match.length))) ?? parts[0];
}

const CONNECTIVE = /[\s,;:([–-]*(?:\b(?:(?:due|by|on|at|until|till|before|for|from)\s*)+:?|@)\s*$/i;

/** The text without the dates and the words that connect them. */
function without(text: string, places: readonly { readonly start: number; readonly end: number }[]): string {
  let rest = text;
  for (const { start, end } of [...places].sort((a, b) => b.start - a.start)) {
    const before = rest.slice(0, start);
    const after = rest.slice(end).replace(/^\s*[)\]]/, '');
    rest = `${before.replace(CONNECTIVE, '').replace(/[\s,;:([–-]+$/, '')} ${after.replace(/^[\s,;:.!–-]+/, '')}`;
  }
  return rest.replace(/\s+/g, ' ').trim();
}

const two = (number: number | null): string => String(number ?? 0).padStart(2, '0');
const dateOf = ({ start }: Part): string => `${start.get('year')}-${two(start.get('month'))}-${two(start.get('day'))}`;
const timeOf = ({ start }: Part): string => `${two(start.get('hour'))}:${two(start.get('minute'))}`;

/** The wall clock of the zone, as this machine's local time: chrono confuses the two when a zone is given. */
function wallClock(now: Date, timeZone: string): Date {
  // The Swedish format is ISO 8601 with a space; without a zone, Date reads it as local time.
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(now);
  return new Date(shown.replace(' ', 'T'));
}
