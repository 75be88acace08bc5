import { randomUUID } from 'node:crypto';
import { type Database, transaction, YIELD_TO_USERS } from '../../database/client.ts';
import { type LockedRows, type LockMode, lockRows, skippingLockedRows } from '../../database/row-locks.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { assignDue, taskEntity, taskSql } from '../../runtime/task-table.ts';
import { dateToText, textToDate } from '../../shared/postgresql-time.ts';
import { dayIn, isTimeZone } from '../../shared/zoned-time.ts';
import { lockedIssue } from '../../sync/locked-rows.ts';
import type { Issue } from '../../sync/ports.ts';
import type { Due, Slot } from './due.ts';
import {
  type KnownEvent,
  planTaskEvents,
  type Situation,
  type TaskEventChange,
  type TaskLink,
} from './plan-task-events.ts';
import { saveConflicts } from './save-conflicts.ts';

export interface TaskEventsRequest {
  /** For conflicts. */
  readonly cycleId: string;
  readonly now: Date;
  /** `LOCKSTEP_TIME_ZONE`, the time zone of due dates. */
  readonly timeZone: string;
  /** Only changes from events to tasks. Used right after the calendar was read, so that Notion gets them in the same cycle. */
  readonly only?: 'reschedules';
}

/** Numbers of events created, updated and archived, of tasks rescheduled, and of conflicts. */
export interface TaskEventsResult {
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly rescheduled: number;
  readonly conflicts: number;
  /** The tasks that wait because their row, or that of their event, is locked. */
  readonly issues: readonly Issue[];
}

const BATCH = 500;

/**
 * Brings tasks and their rows in `calendar_events` in sync, as a user's edits: the
 * outbox sends them to Google and Notion. Safe to repeat, and to run
 * concurrently: a task, its event and their link change in one transaction.
 * @throws RetryableError when PostgreSQL is not reachable
 */
export async function applyTaskEvents(database: Database, request: TaskEventsRequest): Promise<TaskEventsResult> {
  const found = await readSituations(database, request, null);
  const taskIds = [...new Set(plan(found, request).map(({ taskId }) => taskId))].sort();
  const issues: Issue[] = [];
  const total = { created: 0, updated: 0, archived: 0, rescheduled: 0, conflicts: 0, issues };
  for (let at = 0; at < taskIds.length; at += BATCH) {
    const ids = taskIds.slice(at, at + BATCH);
    const batch = await skippingLockedRows((lockMode) =>
      editTransaction(database, (tx) => applyTo(tx, ids, request, lockMode)),
    );
    total.created += batch.created;
    total.updated += batch.updated;
    total.archived += batch.archived;
    total.rescheduled += batch.rescheduled;
    total.conflicts += batch.conflicts;
    issues.push(...batch.issues);
  }
  return total;
}

/** Outside of the sync's own name, so that the writes are edits. */
const editTransaction = <T>(database: Database, work: (tx: Database) => Promise<T>): Promise<T> =>
  transaction(database, { as: 'user', lockTimeout: YIELD_TO_USERS }, work);

function plan(situations: readonly Situation[], { now, timeZone, only }: TaskEventsRequest): TaskEventChange[] {
  const changes = planTaskEvents(situations, { now, timeZone, newId: randomUUID });
  return only === 'reschedules' ? changes.filter(({ kind }) => kind === 'reschedule') : changes;
}

/** Plans again under a lock: what was read before may have changed. */
async function applyTo(
  tx: Database,
  taskIds: readonly string[],
  request: TaskEventsRequest,
  lockMode: LockMode,
): Promise<TaskEventsResult> {
  const locked = await lockTasks(tx, taskIds, lockMode);
  const free = taskIds.filter((taskId) => !locked.has(taskId));
  const situations = await readSituations(tx, request, free);
  const changes = plan(situations, request);
  const of = <K extends TaskEventChange['kind']>(kind: K) =>
    changes.filter((change): change is Extract<TaskEventChange, { kind: K }> => change.kind === kind);
  const run = async (statement: string, rows: readonly object[]): Promise<number> =>
    rows.length > 0 ? tx.execute(statement, [JSON.stringify(rows.map(withEditTime))]) : 0;

  const created = await run(
    CREATE,
    of('create').map(({ slot, ...event }) => ({ ...event, ...slot })),
  );
  const rescheduled = await run(
    rescheduleStatement(),
    of('reschedule').map(({ due, ...task }) => ({ ...task, ...due })),
  );
  await run(
    MOVE,
    of('move').map(({ slot, ...event }) => ({ ...event, ...slot })),
  );
  await run(RETITLE, of('retitle'));
  const archived = await run(REMOVE, of('remove'));
  const links = new Map(changes.map(({ taskId, link: { due, ...link } }) => [taskId, { taskId, ...link, ...due }]));
  await run(SAVE_LINKS, [...links.values()]);
  const updated = new Set([...of('move'), ...of('retitle')].map(({ eventId }) => eventId)).size;
  const conflicts = await saveConflicts(tx, request, situations, changes);
  const issues = [...locked].map(([taskId, lockedBy]) => lockedIssue(taskEntity(), taskId, lockedBy));
  return { created, updated, archived, rescheduled, conflicts, issues };
}

/** Locks the tasks and their events. @returns the tasks that another transaction holds, by their row or their event's */
async function lockTasks(tx: Database, taskIds: readonly string[], mode: LockMode): Promise<LockedRows> {
  const lockedTasks = await lockRows(tx, taskEntity().table, taskIds, mode);
  const events = await tx.query<{ id: string; taskId: string }>(EVENTS, [taskIds]);
  const lockedEvents = await lockRows(
    tx,
    'calendar_events',
    events.map(({ id }) => id),
    mode,
  );
  const byEvent = events.flatMap(({ id, taskId }): [string, string][] => {
    const lockedBy = lockedEvents.get(id);
    return lockedBy === undefined ? [] : [[taskId, lockedBy]];
  });
  return new Map([...lockedTasks, ...byEvent]);
}

/** The events of tasks, and those whose link to their task was removed. */
const EVENTS = `SELECT e.id, coalesce(e.source_task_id, l.task_id) AS "taskId"
  FROM calendar_events e LEFT JOIN task_events l ON l.event_id = e.id
  WHERE e.archived_at IS NULL AND coalesce(e.source_task_id, l.task_id) = ANY ($1::uuid[])`;

const CREATE = `INSERT INTO calendar_events (id, source_task_id, summary, description, start_time, end_time, all_day, time_zone, status)
  SELECT "eventId", "taskId", summary, description, start, "end", "allDay", "timeZone", 'confirmed'
  FROM jsonb_to_recordset($1::jsonb) AS x("eventId" uuid, "taskId" uuid, summary text, description text, start timestamptz, "end" timestamptz, "allDay" boolean, "timeZone" text)
  ON CONFLICT (source_task_id) WHERE archived_at IS NULL DO NOTHING`;

const withEditTime = (row: { readonly editedAt?: Date | null }): object =>
  row.editedAt ? { ...row, editedAt: dateToText(row.editedAt) } : row;

/** The time of the user's edit that is carried over, so that a newer one on the other side wins; but after the row's last edit. */
const STAMP = `sql_local_last_edited_at = greatest(t.sql_local_last_edited_at + interval '1 microsecond', x."editedAt")`;

const rescheduleStatement = (): string => `UPDATE ${taskSql().table} t SET ${assignDue('x.date', 'x.time')}, ${STAMP}
  FROM jsonb_to_recordset($1::jsonb) AS x("taskId" uuid, date date, time time, "editedAt" timestamptz) WHERE t.id = x."taskId"`;

const MOVE = `UPDATE calendar_events t SET start_time = x.start, end_time = x."end", all_day = x."allDay", time_zone = x."timeZone",
    source_task_id = x."taskId", ${STAMP}
  FROM jsonb_to_recordset($1::jsonb) AS x("eventId" uuid, "taskId" uuid, start timestamptz, "end" timestamptz, "allDay" boolean, "timeZone" text, "editedAt" timestamptz)
  WHERE t.id = x."eventId"`;

const RETITLE = `UPDATE calendar_events t SET summary = x.summary, description = x.description, ${STAMP}
  FROM jsonb_to_recordset($1::jsonb) AS x("eventId" uuid, summary text, description text, "editedAt" timestamptz) WHERE t.id = x."eventId"`;

const REMOVE = `UPDATE calendar_events t SET archived_at = now(), ${STAMP}
  FROM jsonb_to_recordset($1::jsonb) AS x("eventId" uuid, "editedAt" timestamptz) WHERE t.id = x."eventId"`;

const SAVE_LINKS = `INSERT INTO task_events (task_id, event_id, due_date, due_time, title, notes, dismissed)
  SELECT "taskId", "eventId", date, time, title, notes, dismissed
  FROM jsonb_to_recordset($1::jsonb) AS x("taskId" uuid, "eventId" uuid, date date, time time, title text, notes text, dismissed boolean)
  WHERE "eventId" IS NULL OR EXISTS (SELECT FROM calendar_events e WHERE e.id = "eventId")
  ON CONFLICT (task_id) DO UPDATE SET event_id = excluded.event_id, due_date = excluded.due_date, due_time = excluded.due_time,
    title = excluded.title, notes = excluded.notes, dismissed = excluded.dismissed`;

/** A row of `readSituations`; the objects are JSON from PostgreSQL. */
interface StoredSituation {
  readonly taskId: string;
  readonly task: (StoredDue & { title: string; notes: string | null; open: boolean; editedAt: string | null }) | null;
  readonly event: StoredEvent | null;
  readonly detached: StoredEvent | null;
  readonly link: (StoredDue & Omit<TaskLink, 'due'>) | null;
}

interface StoredDue {
  readonly date: string | null;
  readonly time: string | null;
}

interface StoredEvent {
  readonly eventId: string;
  readonly summary: string | null;
  readonly description: string | null;
  readonly start: string | null;
  readonly end: string | null;
  readonly allDay: boolean;
  readonly timeZone: string | null;
  readonly editedAt: string | null;
}

/**
 * The tasks that have, had or may get an event; only `taskIds`, if given. Excludes tasks and
 * events whose row was deleted with SQL and will be restored.
 */
async function readSituations(
  database: Database,
  { now, timeZone }: TaskEventsRequest,
  taskIds: readonly string[] | null,
): Promise<Situation[]> {
  const today = dayIn(timeZone, now.getTime());
  const found = await database.query<StoredSituation>(readStatement(taskSql()), [
    taskIds,
    today,
    personalCalendar.name,
  ]);
  const toKnown = (event: StoredEvent | null): KnownEvent | null =>
    event && { ...event, slot: eventToSlot(event, timeZone), editedAt: toEditTime(event.editedAt) };
  return found.map(({ taskId, task, event, detached, link }) => ({
    taskId,
    task: task && { ...withDue(task), editedAt: toEditTime(task.editedAt) },
    event: toKnown(event),
    detached: toKnown(detached),
    link: link && withDue(link),
  }));
}

const eventJson = (e: string): string =>
  `CASE WHEN ${e}.id IS NOT NULL THEN jsonb_build_object('eventId', ${e}.id, 'summary', ${e}.summary, 'description', ${e}.description,
      'start', ${e}.start_time, 'end', ${e}.end_time, 'allDay', ${e}.all_day, 'timeZone', ${e}.time_zone,
      'editedAt', greatest(${e}.sql_local_last_edited_at, ${e}.google_updated_at)) END`;

const readStatement = (tasks: ReturnType<typeof taskSql>): string => `SELECT k.id AS "taskId",
    CASE WHEN t.id IS NOT NULL THEN jsonb_build_object('title', ${tasks.title}, 'notes', ${tasks.notes}, 'date', ${tasks.dueDate}, 'time', left(${tasks.dueTime}::text, 8),
      'open', EXISTS (SELECT FROM ${tasks.table} a WHERE a.id = t.id AND ${tasks.open}), 'editedAt', greatest(t.sql_local_last_edited_at, t.notion_last_edited_at)) END AS task,
    ${eventJson('e')} AS event, ${eventJson('d')} AS detached,
    CASE WHEN l.task_id IS NOT NULL THEN jsonb_build_object('eventId', l.event_id, 'date', l.due_date, 'time', l.due_time,
      'title', l.title, 'notes', l.notes, 'dismissed', l.dismissed) END AS link
  FROM (SELECT source_task_id AS id FROM calendar_events WHERE archived_at IS NULL AND source_task_id IS NOT NULL
    UNION SELECT task_id FROM task_events WHERE event_id IS NOT NULL OR dismissed
    UNION SELECT t.id FROM ${tasks.table} t WHERE ${tasks.open} AND ${tasks.dueDate} >= $2::date) k
  LEFT JOIN ${tasks.table} t ON t.id = k.id
  LEFT JOIN calendar_events e ON e.source_task_id = k.id AND e.archived_at IS NULL AND e.calendar_type = 'personal'
  LEFT JOIN task_events l ON l.task_id = k.id
  LEFT JOIN calendar_events d ON d.id = l.event_id AND d.source_task_id IS NULL AND d.archived_at IS NULL AND d.calendar_type = 'personal'
  WHERE ($1::uuid[] IS NULL OR k.id = ANY ($1))
    AND (t.id IS NOT NULL OR NOT EXISTS (SELECT FROM sync_state s WHERE s.entity = ${tasks.name} AND s.record_id = k.id))
    AND (e.id IS NOT NULL OR l.event_id IS NULL OR EXISTS (SELECT FROM calendar_events c WHERE c.id = l.event_id)
      OR NOT EXISTS (SELECT FROM sync_state s WHERE s.entity = $3 AND s.record_id = l.event_id))`;

/** PostgreSQL allows dates that calendars do not; such days get no event. */
const CALENDAR_DATE = /^[12]\d{3}-/;

const withDue = <T extends StoredDue>({ date, time, ...rest }: T): Omit<T, keyof StoredDue> & { due: Due | null } => ({
  ...rest,
  due: date && CALENDAR_DATE.test(date) ? { date, time } : null,
});

function eventToSlot({ start, end, allDay, timeZone }: StoredEvent, zone: string): Slot | null {
  if (!start || !CALENDAR_DATE.test(start)) return null;
  const last = end && CALENDAR_DATE.test(end) ? end : start;
  return { start, end: last, allDay, timeZone: timeZone && isTimeZone(timeZone) ? timeZone : zone };
}

const toEditTime = (text: string | null): Date | null => (text === null ? null : textToDate(text));
