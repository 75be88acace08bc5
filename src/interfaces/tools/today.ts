import { z } from 'zod';
import { clippedText } from '../../database/clipped-text.ts';
import { columnOrNull, roleTable } from '../../database/role-table.ts';
import { dateIn } from '../../definition/role-fields.ts';
import { clockZone, dayIn, nextDay, startOfDay } from '../../shared/zoned-time.ts';
import { done, type RecordReference, titleLine } from './answer.ts';
import { type Reading, readingTool } from './tool.ts';

const MAX_LINES = 20;
const DAY_MS = 86_400_000;

export const today = readingTool({
  name: 'today',
  feature: 'task-tools',
  title: 'Today',
  description:
    "Lists tasks due today, overdue tasks, and today's events of both calendars, in the owner's time zone. Of a recurring event, only the first and the changed occurrences are known.",
  input: z.strictObject({}),
  run: async (reading) => {
    const day = dayIn(reading.timeZone, reading.now.getTime());
    const [tasks, events] = [await dueTasks(reading, day), await eventsOf(reading, day)];
    const overdue = tasks.filter(({ due_date }) => due_date < day);
    const due = tasks.filter(({ due_date }) => due_date === day);
    const sections = [
      ...section(
        'Due today',
        due.map(({ title, due_time }) => `${due_time ? `${due_time} ` : ''}${titleLine(title)}`),
      ),
      ...section(
        'Overdue',
        overdue.map(({ title, due_date }) => `${titleLine(title)} (${due_date})`),
      ),
      ...section(
        'Calendar',
        events.map(({ title, time }) => `${time} ${titleLine(title)}`),
      ),
    ];
    const listed = [due, overdue, events].flatMap((some): readonly RecordReference[] => some.slice(0, MAX_LINES));
    const records = listed.map(({ entity, id, title }): RecordReference => ({ entity, id, title }));
    return done(sections.length === 0 ? `Nothing is due on ${day}.` : [day, ...sections].join('\n'), ...records);
  },
});

const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0
    ? []
    : [
        '',
        heading,
        ...lines.slice(0, MAX_LINES).map((line) => `• ${line}`),
        ...(lines.length > MAX_LINES ? [`… and ${lines.length - MAX_LINES} more`] : []),
      ];

interface DueTask extends RecordReference {
  readonly due_date: string;
  readonly due_time: string | null;
}

const taskTable = roleTable('tasks');

/** Open tasks, the earliest first; none where tasks have no due date. */
async function dueTasks(reading: Reading, day: string): Promise<DueTask[]> {
  const columns = dateIn(taskTable, 'due_date');
  if (columns === undefined) return [];
  const [due, time] = [columnOrNull(columns.day), columnOrNull(columns.time)];
  const title = taskTable.column('title');
  return reading.query<DueTask>(
    `SELECT ${taskTable.name} AS entity, id, ${clippedText(`coalesce(${title}, '')`)} AS title, ${due}::text AS due_date,
            to_char(${time}::time, 'HH24:MI') AS due_time
       FROM ${taskTable.active} t WHERE ${due} <= $1 ORDER BY ${due}, ${time} NULLS FIRST, ${title}`,
    [day],
  );
}

interface StoredEvent extends RecordReference {
  readonly start: Date;
  readonly end: Date;
  readonly all_day: boolean;
  readonly time_zone: string | null;
}

/** Without the events of tasks: the tasks are listed. */
async function eventsOf(reading: Reading, day: string): Promise<(RecordReference & { readonly time: string })[]> {
  const { timeZone } = reading;
  const [from, to] = [startOfDay(day, timeZone), startOfDay(nextDay(day), timeZone)];
  // An all-day event in another time zone starts at another instant.
  const events = await reading.query<StoredEvent>(
    `SELECT 'calendar_events' AS entity, id, ${clippedText("coalesce(summary, '')")} AS title, start_time AS start,
            coalesce(end_time, start_time) AS end, all_day, time_zone
       FROM active_calendar_events
      WHERE source_task_id IS NULL AND start_time < $2 AND coalesce(end_time, start_time) >= $1
        AND status IS DISTINCT FROM 'cancelled'
      ORDER BY all_day DESC, start_time, summary`,
    [new Date(from - DAY_MS), new Date(to + DAY_MS)],
  );
  const isToday = ({ start, end, all_day, time_zone }: StoredEvent): boolean => {
    if (!all_day) return start.getTime() < to && (end.getTime() > from || start.getTime() >= from);
    const zone = clockZone(time_zone) ?? timeZone;
    return (
      dayIn(zone, start.getTime()) <= day && (day < dayIn(zone, end.getTime()) || start.getTime() === end.getTime())
    );
  };
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  return events.filter(isToday).map(({ entity, id, title, start, all_day }) => ({
    ...{ entity, id, title },
    time: all_day ? 'all day:' : start.getTime() < from ? 'ongoing:' : clock.format(start),
  }));
}
