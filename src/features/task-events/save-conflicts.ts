import type { Database } from '../../database/client.ts';
import { entityTransaction } from '../../database/entity-transaction.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import type { Entity } from '../../entities/define.ts';
import { taskEntity, taskFields } from '../../runtime/task-table.ts';
import type { Conflict, Content } from '../../sync/ports.ts';
import { type Due, dueToSlot, type Slot } from './due.ts';
import { type Contest, linkWith, type Situation, type TaskEventChange } from './plan-task-events.ts';

interface SaveOptions {
  readonly cycleId: string;
  readonly timeZone: string;
}

type ContestedChange = Extract<TaskEventChange, { kind: 'move' | 'remove' | 'reschedule' }>;

/**
 * Keeps what lost where both the due date and the event were moved: with the task if its due date lost, with the event
 * if its time lost, so that it can be restored there.
 * @returns the number of conflicts
 */
export async function saveConflicts(
  tx: Database,
  { cycleId, timeZone }: SaveOptions,
  situations: readonly Situation[],
  changes: readonly TaskEventChange[],
): Promise<number> {
  const situationById = new Map(situations.map((situation) => [situation.taskId, situation]));
  const lost = changes.flatMap((change) => {
    const situation = situationById.get(change.taskId);
    if (!situation || !('contest' in change) || !change.contest) return [];
    return [toLost(situation, change, change.contest, timeZone)];
  });
  for (const entity of [taskEntity(), personalCalendar]) {
    const conflicts = lost.filter((one) => one.entity === entity);
    if (conflicts.length === 0) continue;
    const records = entityTransaction(tx, entity, { cycleId, lockMode: null });
    const found = await records.findById(conflicts.map(({ recordId }) => recordId));
    const remoteIdById = new Map(found.map(({ recordId, row }) => [recordId, row?.remoteId ?? recordId]));
    await records.addConflicts(
      conflicts.map(({ entity: _, ...conflict }) => ({
        ...conflict,
        remoteId: remoteIdById.get(conflict.recordId) ?? conflict.recordId,
      })),
    );
  }
  return lost.length;
}

type Lost = Omit<Conflict, 'remoteId'> & { readonly entity: Entity };

/** The version that lost, as a conflict of the record that it can be restored to. */
export function toLost(
  { taskId, task, event, link: known }: Situation,
  change: ContestedChange,
  contest: Contest,
  zone: string,
): Lost {
  const { reason } = contest;
  const link = linkWith(event, known);
  if (change.kind === 'reschedule') {
    const { title, dueDate } = taskFields();
    const version = (due: Due | null): Content => ({
      fields: { [title]: task?.title ?? null, [dueDate]: dueToText(due) },
      archived: false,
    });
    const versions = { base: link && version(link.due), remote: version(change.due), sql: version(task?.due ?? null) };
    return { entity: taskEntity(), recordId: taskId, winner: 'google', reason, ...versions };
  }
  const version = (slot: Slot | null, archived = false): Content => ({
    fields: { summary: event?.summary ?? null, ...slotToFields(slot) },
    archived,
  });
  const slot = event?.slot ?? null;
  const base = link?.due ? version(dueToSlot(link.due, zone, slot)) : null;
  const sql = change.kind === 'move' ? version(change.slot) : version(slot, true);
  return {
    entity: personalCalendar,
    recordId: change.eventId,
    winner: 'sql',
    reason,
    base,
    remote: version(slot),
    sql,
  };
}

const dueToText = (due: Due | null): string | null => due && (due.time === null ? due.date : `${due.date}T${due.time}`);

const slotToFields = (slot: Slot | null) =>
  slot ? { start_time: slot.start, end_time: slot.end, all_day: slot.allDay, time_zone: slot.timeZone } : {};
