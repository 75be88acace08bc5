import { queryOnce } from '../../database/batches.ts';
import { dayIn, isTimeZone, nextDay, startOfDay } from '../../shared/zoned-time.ts';
import type { Check, Finding } from './finding.ts';

const MOST_SHOWN = 5;
const DAY_MS = 86_400_000;

interface AllDayRow {
  readonly id: string;
  readonly summary: string | null;
  readonly start: Date;
  readonly end: Date | null;
  readonly time_zone: string | null;
  /** Of the task that the event is of, where they have not agreed on anything yet: `2026-03-01`. */
  readonly due_date: string | null;
}

const ROWS = `SELECT e.id, e.summary, e.start_time AS start, e.end_time AS end, e.time_zone, t.due_date::text
  FROM active_calendar_events e
  LEFT JOIN open_tasks t ON t.id = e.source_task_id AND t.due_time IS NULL
    AND NOT EXISTS (SELECT 1 FROM task_events l WHERE l.task_id = t.id AND l.event_id = e.id)
  WHERE e.all_day AND e.calendar_type = 'personal' AND e.start_time IS NOT NULL ORDER BY e.start_time, e.id`;

/** Whether all-day events lie on the days that are meant, as they do not where a script forgot zones, or that an end is exclusive. */
export const allDayEvents: Check = async ({ database, config }) => {
  const rows = await queryOnce<AllDayRow>(database, ROWS, []);
  return rows.flatMap((row) => ofRow(row, config.timeZone)).slice(0, MOST_SHOWN);
};

function ofRow(row: AllDayRow, own: string): Finding[] {
  const zone = row.time_zone && isTimeZone(row.time_zone) ? row.time_zone : own;
  const day = dayIn(zone, row.start.getTime());
  const name = `«${row.summary ?? row.id}»`;
  if (row.due_date !== null && Math.abs(Date.parse(row.due_date) - Date.parse(day)) === DAY_MS) {
    return [
      {
        code: 'task_event_day',
        severity: 'problem',
        subject: 'calendar_events',
        what: `${name} lies on ${day}, and its task is due on ${row.due_date}`,
        why: 'the calendar shows it on the wrong day; and the next cycle may take the task there',
        mend: moved(row, zone, row.due_date, nextDay(row.due_date)),
      },
    ];
  }
  const isExact = beginsDay(row.start, zone) && (row.end === null || (row.end > row.start && beginsDay(row.end, zone)));
  if (isExact) return [];
  const [first, last] = meantDays(row, zone);
  return [
    {
      code: 'all_day_inexact',
      severity: 'problem',
      subject: 'calendar_events',
      what: `${name} is all-day, and reaches from ${row.start.toISOString()} to ${row.end?.toISOString() ?? 'no end'}, which are not whole days in ${zone}`,
      why: 'an all-day event ends where the day after its last begins; another end is taken for a day more or less',
      mend: moved(row, zone, first, last),
    },
  ];
}

const beginsDay = (at: Date, zone: string): boolean => startOfDay(dayIn(zone, at.getTime()), zone) === at.getTime();

/** Midnight in UTC is what a script wrote that knew no zone; else it is the day in which the instant lies. */
function meantDays({ start, end }: AllDayRow, zone: string): [first: string, afterLast: string] {
  const isUtc = [start, end ?? start].every((at) => at.getTime() % DAY_MS === 0);
  const dayOf = (at: Date): string => (isUtc ? at.toISOString().slice(0, 10) : dayIn(zone, at.getTime()));
  const first = dayOf(start);
  if (end === null || end <= start) return [first, nextDay(first)];
  const last = dayOf(end);
  if (isUtc || beginsDay(end, zone)) return [first, last > first ? last : nextDay(first)];
  return [first, nextDay(last)];
}

function moved({ id }: AllDayRow, zone: string, first: string, afterLast: string): string {
  const at = (day: string): string => `'${new Date(startOfDay(day, zone)).toISOString()}'`;
  return `UPDATE calendar_events SET start_time = ${at(first)}, end_time = ${at(afterLast)} WHERE id = '${id}'; the next cycle brings it to Google`;
}
