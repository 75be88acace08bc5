import type { DateField, TimestampField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import type { Json } from '../sync/types.ts';
import * as dates from './notion-dates.ts';
import type { Decoded } from './text-codec.ts';

type DateLikeField = DateField | TimestampField;

/** With an end column, the end follows the start as in an ISO 8601 interval. */
export function decodeDate(field: DateLikeField, date: dates.NotionDate | null, zone: string): Decoded {
  if (date === null) return { value: null };
  const value = valueOfDate(field, date, zone);
  const { start, end, time_zone } = date;
  return value !== null && dates.sameDate(newDate(field, value, zone), date)
    ? { value }
    : { value, residue: { start, end, time_zone } };
}

/** What the value does not contain comes from the residue: the time of day, the end, the time zone. */
export function encodeDate(
  field: DateLikeField,
  value: string | null,
  residue: Json | undefined,
  zone: string,
): dates.NotionDate | null {
  // A date's residue was written by `decodeDate`.
  const held = residue as unknown as dates.NotionDate | undefined;
  // A date that SQL cannot store is null there, and is kept in Notion.
  if (value === null) return held && valueOfDate(field, held, zone) === null ? dates.writableDate(held) : null;
  const normal = normaliseDate(field, value, zone);
  if (normal === undefined) throw notADate(field, value);
  if (!held) return newDate(field, normal, zone);
  return field.endColumn === undefined ? moved(field, held, normal, zone) : withEnd(field, held, normal, zone);
}

/** The neutral form of a date; undefined for what Notion cannot hold. */
export function normaliseDate(field: DateLikeField, value: string, zone: string): string | undefined {
  if (field.endColumn === undefined) return normaliseStart(field, value, zone);
  const [from = '', to] = value.split('/');
  const start = normaliseStart(field, from, zone);
  if (to === undefined || start === undefined) return start;
  const end = normaliseStart(atEnd(field), to, zone);
  return end === undefined || isBefore(end, start) ? undefined : `${start}/${end}`;
}

/** SQL has no column for the time of an end: of a date, the end is a day. */
const atEnd = (field: DateLikeField): DateLikeField => {
  if (field.kind === 'timestamp') return field;
  const { timeColumn: _, ...rest } = field;
  return rest;
};

/** An end is a day where a start may have a time. */
const isBefore = (end: string, start: string): boolean => end < start.slice(0, end.length);

function notADate({ property, endColumn }: DateLikeField, value: string): RecordError {
  const why = endColumn === undefined ? '' : ' An end needs a start that is not after it.';
  return new RecordError('not_a_date', `"${property}" cannot be set to "${value}": Notion has no such date.${why}`);
}

const normaliseStart = (field: DateLikeField, value: string, zone: string): string | undefined =>
  field.kind === 'date' ? dates.normaliseDate(value, zone, hasTime(field)) : dates.normaliseTimestamp(value, zone);

function valueOfDate(field: DateLikeField, date: dates.NotionDate, zone: string): string | null {
  const start = valueOfStart(field, date, zone);
  if (field.endColumn === undefined || date.end === null || start === null) return start;
  const end = valueOfStart(atEnd(field), { ...date, start: date.end, end: null }, zone);
  return end === null || isBefore(end, start) ? start : `${start}/${end}`;
}

const valueOfStart = (field: DateLikeField, date: dates.NotionDate, zone: string): string | null =>
  field.kind === 'date' ? dates.readDate(date, zone, hasTime(field)) : dates.readTimestamp(date, zone);

const hasTime = (field: DateField): boolean => field.timeColumn !== undefined;

function newDate(field: DateLikeField, value: string, zone: string): dates.NotionDate {
  const write = (part: string) => (field.kind === 'date' ? dates.writeDate(part, zone) : dates.writeTimestamp(part));
  const [start = value, end] = value.split('/');
  // Notion wants a time at both ends or at neither.
  const time = field.kind === 'date' ? start.slice(10) : '';
  return { ...write(start), end: end === undefined ? null : write(end + time).start };
}

const moved = (field: DateLikeField, held: dates.NotionDate, start: string, zone: string): dates.NotionDate =>
  field.kind === 'date' ? dates.moveDate(held, start, zone, hasTime(field)) : dates.moveTimestamp(held, start, zone);

/** Start and end as in SQL. A time of day that SQL has no column for is kept, at both ends. */
function withEnd(field: DateLikeField, held: dates.NotionDate, value: string, zone: string): dates.NotionDate {
  if (valueOfDate(field, held, zone) === value) return dates.writableDate(held);
  const [start = value, end] = value.split('/');
  const from = moved(field, { ...held, end: null }, start, zone);
  if (end === undefined) return from;
  const before = held.end === null ? from : { ...held, start: held.end, end: null };
  const to = moved(atEnd(field), before, end, zone);
  const range = { start: from.start, end: to.start, time_zone: from.time_zone ?? to.time_zone };
  const isRight = valueOfDate(field, range, zone) === value && dates.hasValidEnd(range, zone);
  return isRight ? dates.writableDate(range) : newDate(field, value, zone);
}
