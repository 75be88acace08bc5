import { personalCalendar, workCalendar } from '../../src/entities/calendars.ts';
import type { Due, Slot } from '../../src/features/task-events/due.ts';
import type {
  KnownEvent,
  KnownTask,
  planTaskEvents,
  Situation,
  TaskEventChange,
  TaskLink,
} from '../../src/features/task-events/plan-task-events.ts';
import { toLost } from '../../src/features/task-events/save-conflicts.ts';
import { dayIn } from '../../src/shared/zoned-time.ts';
import type { Fields } from '../../src/sync/types.ts';
import { tasks } from './calendar-entities.ts';
import type { Attempt, Faults } from './faults.ts';
import type { MemorySql } from './memory-sql.ts';
import type { StoredRow } from './memory-tables.ts';

export interface Trigger {
  readonly plan: typeof planTaskEvents;
  readonly timeZone: string;
  readonly newId: () => string;
}

/** The number of tasks changed in one transaction. */
const BATCH = 2;

/** Does what `src/features/task-events/sync-task-events.ts` does on PostgreSQL, on the simulated tables. */
export class MemoryTaskEvents {
  readonly links = new Map<string, TaskLink>();
  readonly #sql: MemorySql;
  readonly #faults: Faults;
  readonly #trigger: Trigger;

  constructor(sql: MemorySql, faults: Faults, trigger: Trigger) {
    this.#sql = sql;
    this.#faults = faults;
    this.#trigger = trigger;
  }

  async apply(attempt: Attempt, only?: 'reschedules'): Promise<void> {
    const around = <T>(label: string, work: () => T): Promise<T> =>
      this.#faults.around(attempt, `sql task events ${label}`, { kind: 'read' }, work);
    const found = await around('read', () => this.#plan(null, only));
    const taskIds = [...new Set(found.map(({ taskId }) => taskId))].sort();
    for (let at = 0; at < taskIds.length; at += BATCH) {
      const batch = taskIds.slice(at, at + BATCH);
      await around('transaction', () => {
        for (const change of this.#plan(batch, only)) this.#carryOut(change);
      });
    }
  }

  #plan(taskIds: readonly string[] | null, only: 'reschedules' | undefined): readonly TaskEventChange[] {
    const { plan, timeZone, newId } = this.#trigger;
    const changes = plan(this.situations(taskIds), { now: new Date(this.#sql.now), timeZone, newId });
    return only === 'reschedules' ? changes.filter(({ kind }) => kind === 'reschedule') : changes;
  }

  /** The tasks that have, had or may get an event. A row that is about to come back is waited for. */
  situations(taskIds: readonly string[] | null): Situation[] {
    const { timeZone } = this.#trigger;
    const today = dayIn(timeZone, this.#sql.now);
    const table = this.#sql.of(tasks.name);
    const calendar = this.#sql.of(personalCalendar.name);
    const live = new Map(
      [...calendar.rows.values()].flatMap((row): [string, StoredRow][] => {
        const task = row.fields.source_task_id;
        return row.archived || typeof task !== 'string' ? [] : [[task, row]];
      }),
    );
    const linked = [...this.links].filter(([, { eventId, dismissed }]) => eventId !== null || dismissed);
    const due = [...table.rows.values()].filter((row) => isOpen(row) && (dueOf(row.fields)?.date ?? '') >= today);
    const ids = new Set([...live.keys(), ...linked.map(([id]) => id), ...due.map(({ id }) => id)]);
    return [...ids]
      .filter((id) => taskIds?.includes(id) ?? true)
      .flatMap((taskId) => {
        const task = table.rows.get(taskId);
        const event = live.get(taskId);
        const link = this.links.get(taskId) ?? null;
        const eventId = link?.eventId ?? null;
        if (!task && table.states.has(taskId)) return [];
        const comesBack = eventId !== null && !calendar.rows.has(eventId) && calendar.states.has(eventId);
        if (!event && comesBack) return [];
        return [{ taskId, task: task ? this.#task(task) : null, event: event ? this.#event(event) : null, link }];
      });
  }

  #task(row: StoredRow): KnownTask {
    const { title, notes } = row.fields;
    return {
      title: text(title) ?? '',
      notes: text(notes),
      due: dueOf(row.fields),
      open: isOpen(row),
      editedAt: this.#editedAt(tasks.name, row),
    };
  }

  #event(row: StoredRow): KnownEvent {
    const { summary, description } = row.fields;
    return {
      eventId: row.id,
      summary: text(summary),
      description: text(description),
      slot: slotOf(row.fields, this.#trigger.timeZone),
      editedAt: this.#editedAt(personalCalendar.name, row),
    };
  }

  /** On either side. */
  #editedAt(entity: string, { id, editedAt }: StoredRow): Date | null {
    const remote = this.#sql.of(entity).states.get(id)?.remoteEditedAt.getTime() ?? null;
    const newest = Math.max(editedAt ?? 0, remote ?? 0);
    return newest === 0 ? null : new Date(newest);
  }

  #carryOut(change: TaskEventChange): void {
    const { taskId, link } = change;
    this.#keepLost(change);
    switch (change.kind) {
      case 'create':
        this.#create(change);
        break;
      case 'reschedule':
        this.#edit(tasks, taskId, change.editedAt, { due_date: fromDue(change.due) });
        break;
      case 'move':
        this.#edit(personalCalendar, change.eventId, change.editedAt, fromSlot(change.slot));
        break;
      case 'retitle': {
        const { summary, description } = change;
        this.#edit(personalCalendar, change.eventId, change.editedAt, { summary, description });
        break;
      }
      case 'remove':
        this.#edit(personalCalendar, change.eventId, change.editedAt, {}, true);
        break;
      case 'dismiss':
      case 'agree':
        break;
    }
    const known = link.eventId === null || this.#sql.of(personalCalendar.name).rows.has(link.eventId);
    if (known) this.links.set(taskId, link);
  }

  /** What lost where both the due date and the event were moved. */
  #keepLost(change: TaskEventChange): void {
    const [situation] = this.situations([change.taskId]);
    if (!situation || !('contest' in change) || !change.contest) return;
    const { entity, ...lost } = toLost(situation, change, change.contest, this.#trigger.timeZone);
    this.#sql.conflicts.push({ ...lost, entity: entity.name, remoteId: lost.recordId });
  }

  #create({ taskId, eventId, slot, summary, description }: Extract<TaskEventChange, { kind: 'create' }>): void {
    if (isTaken(this.#sql, taskId, eventId)) return;
    const texts = { summary, description, location: null, status: 'confirmed', source_task_id: taskId };
    this.#sql.insert(personalCalendar, { id: eventId, fields: { ...texts, ...fromSlot(slot) } });
  }

  /** Stamps the time of the edit that caused it, but later than the row's last edit. */
  #edit(entity: typeof tasks, id: string, editedAt: Date | null, fields: Fields, archived?: true): void {
    const row = this.#sql.of(entity.name).rows.get(id);
    if (!row) return;
    const after = row.editedAt === null ? 0 : row.editedAt + 0.001;
    const stamp = Math.max(after, editedAt?.getTime() ?? 0);
    this.#sql.update(entity, id, {
      writer: 'sync',
      fields,
      ...(archived ? { archived } : {}),
      ...(stamp === 0 ? {} : { editedAt: stamp }),
    });
  }
}

/** PostgreSQL's unique index: one live event for each task, in any calendar. */
export const isTaken = (sql: MemorySql, taskId: string, byOtherThan: string): boolean =>
  [personalCalendar, workCalendar].some(({ name }) =>
    [...sql.of(name).rows.values()].some(
      ({ id, archived, fields }) => id !== byOtherThan && !archived && fields.source_task_id === taskId,
    ),
  );

export const isOpen = ({ archived, fields }: StoredRow): boolean =>
  !archived && fields.status !== 'Done' && fields.status !== 'Cancelled';

export function dueOf({ due_date }: Fields): Due | null {
  if (typeof due_date !== 'string') return null;
  const [date = '', time = null] = due_date.split('T');
  return { date, time };
}

export const fromDue = ({ date, time }: Due): string => (time === null ? date : `${date}T${time}`);

export function slotOf({ start_time, end_time, all_day, time_zone }: Fields, zone: string): Slot | null {
  const start = text(start_time);
  if (start === null) return null;
  return { start, end: text(end_time) ?? start, allDay: all_day === true, timeZone: text(time_zone) ?? zone };
}

export const fromSlot = ({ start, end, allDay, timeZone }: Slot): Fields => ({
  start_time: start,
  end_time: end,
  all_day: allDay,
  time_zone: timeZone,
});

const text = (value: Fields[string] | undefined): string | null => (typeof value === 'string' ? value : null);
