import { taskSql } from '../../runtime/task-table.ts';
import type { Check } from './finding.ts';

/** Three cycles: enough time for an event to follow a change of its task. */
const MINUTES = 30;
const MAX_SHOWN = 5;

/** Excludes tasks that were deleted with SQL: the next cycle restores them from Notion. */
const orphans = ({
  name,
  table,
  open,
  dueDate,
}: ReturnType<
  typeof taskSql
>): string => `SELECT e.id, coalesce(e.summary, e.id::text) AS summary, t.id IS NULL AS is_gone, count(*) OVER ()::int AS all
  FROM active_calendar_events e
  LEFT JOIN ${table} t ON t.id = e.source_task_id
  LEFT JOIN task_events l ON l.task_id = e.source_task_id
  WHERE e.source_task_id IS NOT NULL AND e.calendar_type = 'personal'
    AND greatest(e.updated_at, t.updated_at) < now() - make_interval(mins => ${MINUTES})
    AND CASE WHEN t.id IS NULL THEN NOT EXISTS (SELECT 1 FROM sync_state s WHERE s.entity = ${name} AND s.record_id = e.source_task_id)
      ELSE NOT EXISTS (SELECT 1 FROM ${table} a WHERE a.id = t.id AND ${open}) OR (${dueDate} IS NULL AND l.event_id = e.id) END
  ORDER BY e.start_time, e.id LIMIT ${MAX_SHOWN}`;

/** Finds events of tasks that are deleted, done, or have no due date. */
export const checkOrphanedEvents: Check = async ({ database, config }) => {
  const found = await database.query<{ id: string; summary: string; is_gone: boolean; all: number }>(
    orphans(taskSql()),
  );
  const [first] = found;
  if (!first) return [];
  const ids = found.map(({ id }) => `'${id}'`).join(', ');
  return [
    {
      code: 'event_orphaned',
      severity: 'problem',
      subject: 'calendar_events',
      what: `${first.all} ${first.all === 1 ? 'event belongs' : 'events belong'} to tasks that are deleted, done, or have no due date: ${found.map(({ summary }) => `"${summary}"`).join(', ')}`,
      why: 'the calendar shows events that are no longer needed',
      fix: config.google.clientId
        ? 'lockstep sync calendar-task-trigger'
        : `UPDATE calendar_events SET archived_at = now() WHERE id IN (${ids})`,
    },
  ];
};
