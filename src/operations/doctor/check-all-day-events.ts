import { taskSql } from '../../runtime/task-table.ts';
import { dayIn, isTimeZone, nextDay, startOfDay } from '../../shared/zoned-time.ts';
import type { Check, Finding } from './finding.ts';

const MAX_SHOWN = 5;
const DAY_MS = 86_400_000;

interface AllDayRow {
  readonly id: string;
  readonly summary: string | null;
  readonly start: Date;
  readonly end: Date | null;
  readonly time_zone: string | null;
  /** The due date of the event's task (`2026-03-01`), if the two were never synced with each other. */
  readonly due_date: string | null;
}

const allDayRows = ({
  table,
  open,
  dueDate,
  dueTime,
}: ReturnType<
  typeof taskSql
>): string => `SELECT e.id, e.summary, e.start_time AS start, e.end_time AS end, e.time_zone, ${dueDate}::text AS due_date
  FROM active_calendar_events e
  LEFT JOIN ${table} t ON t.id = e.source_task_id AND t.id IN (SELECT id FROM ${table} WHERE ${open}) AND ${dueTime} IS NULL
    AND NOT EXISTS (SELECT 1 FROM task_events l WHERE l.task_id = t.id AND l.event_id = e.id)
  WHERE e.all_day AND e.calendar_type = 'personal' AND e.start_time IS NOT NULL ORDER BY e.start_time, e.id`;

/** Finds all-day events on the wrong days: a script may ignore time zones, or forget that the end is exclusive. */
export const checkAllDayEvents: Check = async ({ database, config }) => {
  const rows = await database.query<AllDayRow>(allDayRows(taskSql()));
  return rows.flatMap((row) => findingsFor(row, config.timeZone)).slice(0, MAX_SHOWN);
};

function findingsFor(row: AllDayRow, defaultZone: string): Finding[] {
  const zone = row.time_zone && isTimeZone(row.time_zone) ? row.time_zone : defaultZone;
  const day = dayIn(zone, row.start.getTime());
  const name = `"${row.summary ?? row.id}"`;
  if (row.due_date !== null && Math.abs(Date.parse(row.due_date) - Date.parse(day)) === DAY_MS) {
    return [
      {
        code: 'task_event_day',
        severity: 'problem',
        subject: 'calendar_events',
        what: `${name} is on ${day}, but its task is due on ${row.due_date}`,
        why: 'the calendar shows it on the wrong day, and the next cycle may move the task to that day',
        fix: moveStatement(row, zone, row.due_date, nextDay(row.due_date)),
      },
    ];
  }
  const isExact =
    isStartOfDay(row.start, zone) && (row.end === null || (row.end > row.start && isStartOfDay(row.end, zone)));
  if (isExact) return [];
  const [first, last] = intendedDays(row, zone);
  return [
    {
      code: 'all_day_inexact',
      severity: 'problem',
      subject: 'calendar_events',
      what: `${name} is an all-day event, but it runs from ${row.start.toISOString()} to ${row.end?.toISOString() ?? 'no end'}, which is not a whole number of days in ${zone}`,
      why: 'an all-day event ends at the start of the day after its last day; with another end, it may be shown a day too long or too short',
      fix: moveStatement(row, zone, first, last),
    },
  ];
}

const isStartOfDay = (at: Date, zone: string): boolean => startOfDay(dayIn(zone, at.getTime()), zone) === at.getTime();

/** A script that ignored time zones wrote midnight in UTC; otherwise the day is the one that contains the instant. */
function intendedDays({ start, end }: AllDayRow, zone: string): [first: string, afterLast: string] {
  const isUtc = [start, end ?? start].every((at) => at.getTime() % DAY_MS === 0);
  const dayOf = (at: Date): string => (isUtc ? at.toISOString().slice(0, 10) : dayIn(zone, at.getTime()));
  const first = dayOf(start);
  if (end === null || end <= start) return [first, nextDay(first)];
  const last = dayOf(end);
  if (isUtc || isStartOfDay(end, zone)) return [first, last > first ? last : nextDay(first)];
  return [first, nextDay(last)];
}

function moveStatement({ id }: AllDayRow, zone: string, first: string, afterLast: string): string {
  const at = (day: string): string => `'${new Date(startOfDay(day, zone)).toISOString()}'`;
  return `UPDATE calendar_events SET start_time = ${at(first)}, end_time = ${at(afterLast)} WHERE id = '${id}'; the next cycle updates Google`;
}
