import type { EventBody } from './event-body.ts';
import { formatIn, instantOfLocal, isTimeZone } from './local-time.ts';
import { badRequest, refusal } from './refusal.ts';

export type EventTime = { readonly date: string } | { readonly dateTime: string; readonly timeZone: string };

const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/** A time as Google returns it: in whole seconds, with the calendar's offset and a time zone. */
export function normaliseTime(
  label: 'start' | 'end' | 'original start',
  time: EventBody['start'],
  zone: string,
): EventTime {
  if (!time?.date && !time?.dateTime) throw refusal(400, 'required', `Missing ${label} time.`);
  if (time.date && time.dateTime) throw badRequest(`Invalid ${label} time.`);
  if (time.timeZone && !isTimeZone(time.timeZone)) throw badRequest(`Invalid time zone definition for ${label} time.`);
  if (time.date) {
    const day = Date.parse(`${time.date}T00:00:00Z`);
    if (!/^\d{4}-\d\d-\d\d$/.test(time.date) || Number.isNaN(day) || !new Date(day).toISOString().startsWith(time.date))
      throw badRequest(`Invalid value for: Invalid format: "${time.date}"`);
    return { date: time.date };
  }
  const [, local, offset] = DATE_TIME.exec(time.dateTime ?? '') ?? [];
  if (!local || Number.isNaN(Date.parse(`${local}Z`)))
    throw badRequest(`Invalid value for: Invalid format: "${time.dateTime}"`);
  if (!offset && !time.timeZone) throw badRequest(`Missing time zone definition for ${label} time.`);
  const instant = offset ? Date.parse(`${local}${offset}`) : instantOfLocal(local, time.timeZone ?? zone);
  return { dateTime: formatIn(zone, instant), timeZone: time.timeZone ?? zone };
}

/** @throws Refusal unless both are dates or both are times, in order. `end` is exclusive. */
export function checkRange(start: EventTime, end: EventTime): void {
  const allDay = 'date' in start;
  if (allDay !== 'date' in end) throw badRequest('Start and end times must either both be date or both be dateTime.');
  const [from, to] = [instantOf(start, 'UTC'), instantOf(end, 'UTC')];
  if (to < from || (allDay && to === from)) throw refusal(400, 'timeRangeEmpty', 'The specified time range is empty.');
}

/** A date starts at midnight in `zone`. */
export const instantOf = (time: EventTime, zone: string): number =>
  'date' in time ? instantOfLocal(`${time.date}T00:00:00`, zone) : Date.parse(time.dateTime);
