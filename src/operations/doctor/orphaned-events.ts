import { queryOnce } from '../../database/batches.ts';
import type { Check } from './finding.ts';

/** Three cycles: whatever happened to the task by then, its event has had time to follow. */
const MINUTES = 30;
const MOST_SHOWN = 5;

/** A task that was deleted by SQL and is about to come back is waited for. */
const ORPHANS = `SELECT e.id, coalesce(e.summary, e.id::text) AS summary, t.id IS NULL AS is_gone, count(*) OVER ()::int AS all
  FROM active_calendar_events e
  LEFT JOIN tasks t ON t.id = e.source_task_id
  LEFT JOIN task_events l ON l.task_id = e.source_task_id
  WHERE e.source_task_id IS NOT NULL AND e.calendar_type = 'personal'
    AND greatest(e.updated_at, t.updated_at) < now() - make_interval(mins => ${MINUTES})
    AND CASE WHEN t.id IS NULL THEN NOT EXISTS (SELECT 1 FROM sync_state s WHERE s.entity = 'tasks' AND s.record_id = e.source_task_id)
      ELSE NOT EXISTS (SELECT 1 FROM open_tasks a WHERE a.id = t.id) OR (t.due_date IS NULL AND l.event_id = e.id) END
  ORDER BY e.start_time, e.id LIMIT ${MOST_SHOWN}`;

/** Whether events are left over of tasks that are gone, done or due no more. */
export const orphanedEvents: Check = async ({ database, config }) => {
  const found = await queryOnce<{ id: string; summary: string; is_gone: boolean; all: number }>(database, ORPHANS, []);
  const [first] = found;
  if (!first) return [];
  const ids = found.map(({ id }) => `'${id}'`).join(', ');
  return [
    {
      code: 'event_orphaned',
      severity: 'problem',
      subject: 'calendar_events',
      what: `${first.all} ${first.all === 1 ? 'event is' : 'events are'} left over of tasks that are gone, done or due no more: ${found.map(({ summary }) => `«${summary}»`).join(', ')}`,
      why: 'the calendar shows what is not to be done',
      mend: config.google.clientId
        ? 'lockstep sync calendar-task-trigger'
        : `UPDATE calendar_events SET archived_at = now() WHERE id IN (${ids})`,
    },
  ];
};
