import { createHash } from 'node:crypto';
import type { calendar_v3 } from '@googleapis/calendar';
import { RecordError } from '../errors.ts';
import { toStorableText } from '../shared/storable-text.ts';
import { clockZone, dayIn, instantOfLocal, nextDay, startOfDay } from '../shared/zoned-time.ts';

type GoogleEvent = calendar_v3.Schema$Event;
type GoogleTime = calendar_v3.Schema$EventDateTime;

/**
 * The fields that a row of `calendar_events` and an event share, by column name.
 * Instants are `2026-03-01T13:30:00.000Z`. An all-day event lasts from the start of
 * its first day to the start of the day after its last day, in `time_zone`, so that
 * a row names the same days wherever it is read.
 */
export interface EventFields {
  readonly summary: string | null;
  readonly description: string | null;
  readonly location: string | null;
  readonly start_time: string | null;
  readonly end_time: string | null;
  readonly all_day: boolean;
  readonly time_zone: string | null;
  readonly status: string | null;
  readonly source_task_id: string | null;
}

/** The fields as Google would return them. */
export interface CanonicalEvent extends EventFields {
  readonly start_time: string;
  readonly end_time: string;
  readonly time_zone: string;
  readonly status: string;
}

/** Which part of a recurring series an event is, if any. */
export type Series =
  | { readonly kind: 'single' }
  | { readonly kind: 'master' }
  /** `originalStart`, a day or an instant, identifies the instance even after it was moved. */
  | { readonly kind: 'exception'; readonly masterId: string; readonly originalStart: string | null };

export interface DecodedEvent {
  readonly id: string;
  readonly etag: string | null;
  readonly cancelled: boolean;
  /** Null for a deleted event: a listing returns only its id. */
  readonly fields: EventFields | null;
  /** Why a live event has no fields. */
  readonly unreadable: RecordError | null;
  /** The id of the row that the event was created for. */
  readonly rowId: string | null;
  readonly series: Series;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
}

const HOUR_MS = 3_600_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const STATUSES = ['confirmed', 'tentative', 'cancelled'];

/**
 * The id of a row's event. It is the same at every attempt, so that Google refuses the
 * second. `generation` is increased when the event was deleted, since its id cannot be used again.
 * @see https://developers.google.com/workspace/calendar/api/v3/reference/events#id
 */
export const eventIdFor = (rowId: string, generation = 0): string =>
  createHash('sha256').update(`lockstep:${rowId}:${generation}`).digest('hex');

/** @param zone where days begin, and the zone of times without one */
export function decodeEvent(event: GoogleEvent, zone: string): DecodedEvent {
  const cancelled = event.status === 'cancelled';
  const fields = event.start && event.end ? decodeFields(event, event.start, event.end, zone) : null;
  return {
    id: event.id ?? '',
    etag: event.etag ?? null,
    cancelled,
    fields,
    unreadable: fields || cancelled ? null : new RecordError('event_unfit', 'the event has no date that can be read'),
    rowId: uuid(event.extendedProperties?.private?.lockstep_row_id),
    series: decodeSeries(event),
    createdAt: event.created ? new Date(event.created) : null,
    updatedAt: event.updated ? new Date(event.updated) : null,
  };
}

/** The body of an insert request. It carries the row's id, which identifies the event as the row's. */
export function encodeEvent(fields: EventFields, rowId: string, generation: number, zone: string): GoogleEvent {
  const { summary, description, location, status, source_task_id, ...times } = canonicalEvent(fields, zone);
  return {
    id: eventIdFor(rowId, generation),
    ...encodeTimes(times),
    ...(summary === null ? {} : { summary }),
    ...(description === null ? {} : { description: writableDescription(description) }),
    ...(location === null ? {} : { location }),
    status,
    extendedProperties: {
      private: { lockstep_row_id: rowId, ...(source_task_id === null ? {} : { source_task_id }) },
    },
  };
}

/**
 * The body of a patch request that turns `current` into `wanted`. It contains only
 * what differs, and is empty when nothing does.
 */
export function encodePatch(current: EventFields, wanted: EventFields, zone: string): GoogleEvent {
  const held = current.time_zone;
  const before = canonicalEvent(current, zone, held);
  const after = canonicalEvent(wanted, zone, held);
  return {
    ...changedTimes(before, after),
    ...(before.summary === after.summary ? {} : { summary: after.summary }),
    ...(before.description === after.description ? {} : { description: writableDescription(after.description) }),
    ...(before.location === after.location ? {} : { location: after.location }),
    ...(before.status === after.status ? {} : { status: after.status }),
    ...(before.source_task_id === after.source_task_id ? {} : taskLink(after.source_task_id)),
  };
}

/** Google refuses or cuts a longer description. */
export const MAX_DESCRIPTION_LENGTH = 8_192;

function writableDescription(text: string | null): string | null {
  if (text === null || text.length <= MAX_DESCRIPTION_LENGTH) return text;
  throw invalid(`description has ${text.length} characters; Google accepts at most ${MAX_DESCRIPTION_LENGTH}`);
}

/**
 * The fields as Google would return them.
 * @param held the time zone that the event has already, whatever its name
 * @throws RecordError when no event can be made of them
 */
export function canonicalEvent(fields: EventFields, zone: string, held: string | null = null): CanonicalEvent {
  const { all_day, time_zone, status, source_task_id } = fields;
  if (time_zone && time_zone !== held && !clockZone(time_zone))
    throw invalid(`time_zone "${time_zone}" is not an IANA time zone`);
  if (status && !STATUSES.includes(status)) throw invalid(`status "${status}" is not one of ${STATUSES.join(', ')}`);
  const start = instant(fields.start_time, 'start_time');
  if (start === null) throw invalid('start_time is empty, but required');
  const end = instant(fields.end_time, 'end_time');
  if (end !== null && end < start) throw invalid('end_time is before start_time');
  const rest = {
    summary: fields.summary || null,
    description: fields.description || null,
    location: fields.location || null,
    status: status || 'confirmed',
    source_task_id: uuid(source_task_id),
  };
  if (all_day) return { ...rest, ...allDay(start, end, clockZone(time_zone) ?? zone, zone) };
  return {
    ...rest,
    all_day,
    start_time: iso(start),
    end_time: iso(end ?? start + HOUR_MS),
    time_zone: time_zone || zone,
  };
}

/** Null when the event has no time that can be read. */
function decodeFields(event: GoogleEvent, start: GoogleTime, end: GoogleTime, zone: string): EventFields | null {
  const allDayEvent = Boolean(start.date);
  const [from, to] = [decodeTime(start, zone), decodeTime(end, zone)];
  if (Number.isNaN(from) || Number.isNaN(to)) return null;
  return {
    summary: storable(event.summary),
    description: storable(event.description),
    location: storable(event.location),
    start_time: iso(from),
    end_time: iso(to),
    all_day: allDayEvent,
    time_zone: allDayEvent ? zone : (start.timeZone ?? zone),
    status: event.status ?? 'confirmed',
    source_task_id: uuid(event.extendedProperties?.private?.source_task_id),
  };
}

/** A time without an offset is local to its time zone. NaN when it is no time. */
function decodeTime({ date, dateTime, timeZone }: GoogleTime, zone: string): number {
  if (date) return startOfDay(date, zone);
  const text = dateTime ?? '';
  if (/(Z|[+-]\d\d:\d\d)$/i.test(text)) return wholeSeconds(Date.parse(text));
  return wholeSeconds(instantOfLocal(text.slice(0, 19), clockZone(timeZone) ?? zone));
}

/** PostgreSQL stores neither a zero byte nor half a surrogate pair. */
const storable = (text: string | null | undefined): string | null => toStorableText(text ?? '') || null;

function decodeSeries({ recurringEventId, originalStartTime, recurrence }: GoogleEvent): Series {
  if (recurringEventId) {
    const { date, dateTime } = originalStartTime ?? {};
    const at = dateTime ? Date.parse(dateTime) : Number.NaN;
    const originalStart = date ?? (Number.isNaN(at) ? null : iso(at));
    return { kind: 'exception', masterId: recurringEventId, originalStart };
  }
  return { kind: recurrence?.length ? 'master' : 'single' };
}

/** The days that the times mean in `ownZone`, as they begin in `zone`; at least one. */
function allDay(start: number, end: number | null, ownZone: string, zone: string) {
  const first = dayIn(ownZone, start);
  const minEnd = startOfDay(nextDay(first), ownZone);
  const last = firstDayFrom(Math.max(end ?? minEnd, minEnd), ownZone);
  return {
    all_day: true,
    start_time: iso(startOfDay(first, zone)),
    end_time: iso(startOfDay(last, zone)),
    time_zone: zone,
  };
}

/** The day that begins at this instant, or else the next day. */
function firstDayFrom(at: number, zone: string): string {
  const day = dayIn(zone, at);
  return startOfDay(day, zone) === at ? day : nextDay(day);
}

type Times = Pick<CanonicalEvent, 'start_time' | 'end_time' | 'all_day' | 'time_zone'>;

function encodeTimes(times: Times): { start: GoogleTime; end: GoogleTime } {
  return { start: encodeTime(times.start_time, times), end: encodeTime(times.end_time, times) };
}

const encodeTime = (at: string, { all_day, time_zone }: Times): GoogleTime =>
  all_day ? { date: dayIn(time_zone, Date.parse(at)) } : { dateTime: at, timeZone: time_zone };

/** A change between all-day and timed must clear the fields of the other kind. */
function changedTimes(before: Times, after: Times): { start?: GoogleTime; end?: GoogleTime } {
  if (before.all_day !== after.all_day) {
    const cleared = after.all_day ? { dateTime: null, timeZone: null } : { date: null };
    const { start, end } = encodeTimes(after);
    return { start: { ...start, ...cleared }, end: { ...end, ...cleared } };
  }
  const sameZone = before.time_zone === after.time_zone;
  const changed = (name: 'start_time' | 'end_time'): GoogleTime | null => {
    if (before[name] === after[name] && (sameZone || after.all_day)) return null;
    const { timeZone, ...moved } = encodeTime(after[name], after);
    // The end may have its own zone, for which there is no column.
    return sameZone || timeZone === undefined ? moved : { ...moved, timeZone };
  };
  const start = changed('start_time');
  const end = changed('end_time');
  return { ...(start ? { start } : {}), ...(end ? { end } : {}) };
}

const taskLink = (taskId: string | null): GoogleEvent => {
  // Null removes the property, which the library's types do not allow.
  const link = { source_task_id: taskId } as Record<string, string>;
  return { extendedProperties: { private: link } };
};

function instant(text: string | null, column: string): number | null {
  if (!text) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw invalid(`${column} "${text}" is not an instant`);
  return wholeSeconds(at);
}

const wholeSeconds = (at: number): number => Math.floor(at / 1000) * 1000;
const iso = (at: number): string => new Date(at).toISOString();
const uuid = (text: string | null | undefined): string | null => (text && UUID.test(text) ? text.toLowerCase() : null);
const invalid = (why: string): RecordError => new RecordError('event_unfit', `calendar_events: ${why}`);
