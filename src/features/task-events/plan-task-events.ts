import { MAX_DESCRIPTION_LENGTH } from '../../google/events.ts';
import { truncate } from '../../operations/history/format-value.ts';
import { type Due, dueToSlot, isSameDue, isUpcoming, normalizeDue, type Slot, slotToDue } from './due.ts';

export interface KnownTask {
  readonly title: string;
  readonly notes: string | null;
  readonly due: Due | null;
  /** Not archived, done or cancelled. */
  readonly open: boolean;
  /** The last edit on either side; null if a person never edited it. */
  readonly editedAt: Date | null;
}

/** An event's title and notes; null if empty. */
interface Texts {
  readonly summary: string | null;
  readonly description: string | null;
}

export interface KnownEvent extends Texts {
  readonly eventId: string;
  /** Null if the row has no start. */
  readonly slot: Slot | null;
  readonly editedAt: Date | null;
}

/** The state at the last sync of a task with its event, in terms of the task. */
export interface TaskLink {
  /** The current event; null if there should be none. */
  readonly eventId: string | null;
  readonly due: Due | null;
  readonly title: string;
  readonly notes: string | null;
  /** The user deleted the event: no new one until the due date changes. */
  readonly dismissed: boolean;
}

/** Everything about one task that its event depends on. */
export interface Situation {
  readonly taskId: string;
  /** Null if the task was deleted permanently. */
  readonly task: KnownTask | null;
  /** The current event; a task has at most one. */
  readonly event: KnownEvent | null;
  /** The task's event after a user removed its link to the task: it stays as it is until the due date changes. */
  readonly detached?: KnownEvent | null;
  readonly link: TaskLink | null;
}

/** The side that won where both the due date and the event were moved. */
export interface Contest {
  readonly winner: 'task' | 'event';
  readonly reason: string;
}

interface Contested {
  /** Set when the change overrides a person's edit of the other side. */
  readonly contest?: Contest;
}

/** One change, with the link after it. `editedAt` is the time of the user's edit that caused it. */
export type TaskEventChange = { readonly taskId: string; readonly link: TaskLink } & (
  | ({ readonly kind: 'create'; readonly eventId: string; readonly slot: Slot } & Texts)
  | ({
      readonly kind: 'move';
      readonly eventId: string;
      readonly slot: Slot;
      readonly editedAt: Date | null;
    } & Contested)
  | ({ readonly kind: 'retitle'; readonly eventId: string; readonly editedAt: Date | null } & Texts)
  | ({ readonly kind: 'remove'; readonly eventId: string; readonly editedAt: Date | null } & Contested)
  | ({ readonly kind: 'reschedule'; readonly due: Due; readonly editedAt: Date | null } & Contested)
  | { readonly kind: 'dismiss' }
  | { readonly kind: 'agree' }
);

export interface PlanOptions {
  readonly now: Date;
  /** The time zone of due dates (IANA name). */
  readonly timeZone: string;
  /** Creates a row id. */
  readonly newId: () => string;
}

/**
 * Plans the changes that bring tasks and their events in sync (rule 7). Pure: nothing
 * is read or written. Only a date or time that has changed since the link
 * counts; if both have, the newest edit wins, and a tie goes to the event. Texts
 * follow only the task, when it changes: until then, a user's own title of the event stays.
 */
export const planTaskEvents = (situations: readonly Situation[], options: PlanOptions): TaskEventChange[] =>
  situations.flatMap((situation) => planOne(situation, options));

function planOne({ taskId, task, event, detached, link }: Situation, options: PlanOptions): TaskEventChange[] {
  if (!task) return event ? [removeChange(taskId, { ...BLANK, ...link }, event, null)] : [];
  if (!event && detached && link) return withDetached({ taskId, task, event: detached, link }, link, options);
  if (!event) return withoutEvent(taskId, task, link, options);
  if (!task.open) return [removeChange(taskId, linkTo(task, null), event, task.editedAt)];
  return withEvent({ taskId, task, event, link }, options);
}

const BLANK: TaskLink = { eventId: null, due: null, title: '', notes: null, dismissed: false };

const linkTo = ({ due, title, notes }: KnownTask, eventId: string | null): TaskLink => ({
  eventId,
  due,
  title,
  notes,
  dismissed: false,
});

const removeChange = (
  taskId: string,
  link: TaskLink,
  { eventId }: KnownEvent,
  editedAt: Date | null,
): TaskEventChange => ({
  kind: 'remove',
  taskId,
  eventId,
  editedAt,
  link: { ...link, eventId: null },
});

function withoutEvent(
  taskId: string,
  task: KnownTask,
  link: TaskLink | null,
  { now, timeZone, newId }: PlanOptions,
): TaskEventChange[] {
  if (link && isSameDue(link.due, task.due)) {
    if (link.dismissed) return [];
    // The link shows the sync's own removals, so the user deleted this event.
    if (link.eventId) return [{ kind: 'dismiss', taskId, link: { ...link, eventId: null, dismissed: true } }];
  }
  if (task.open && task.due && isUpcoming(task.due, now, timeZone)) {
    const eventId = newId();
    const slot = dueToSlot(task.due, timeZone);
    return [{ kind: 'create', taskId, eventId, slot, ...textsOf(task), link: linkTo(task, eventId) }];
  }
  const isOver = link?.dismissed || link?.eventId;
  return isOver ? [{ kind: 'agree', taskId, link: linkTo(task, null) }] : [];
}

/** A new due date takes the event back: a second one would be the task's second event. */
function withDetached(
  { taskId, task, event }: Pair,
  link: TaskLink,
  { now, timeZone }: PlanOptions,
): TaskEventChange[] {
  if (isSameDue(link.due, task.due)) return [];
  const { eventId } = event;
  const next = { ...link, due: task.due };
  if (!task.open || !task.due || !isUpcoming(task.due, now, timeZone)) return [{ kind: 'agree', taskId, link: next }];
  const slot = dueToSlot(task.due, timeZone, event.slot);
  return [{ kind: 'move', taskId, eventId, slot, editedAt: task.editedAt, link: next }];
}

interface Pair {
  readonly taskId: string;
  readonly task: KnownTask;
  readonly event: KnownEvent;
  readonly link: TaskLink | null;
}

function withEvent(pair: Pair, { timeZone }: PlanOptions): TaskEventChange[] {
  const { taskId, task, event, link } = pair;
  const { eventId, slot } = event;
  const eventDue = slot && slotToDue(slot, timeZone);
  const { side: newerSide, ...contested } = eventDue ? movedSide(pair, eventDue, timeZone) : { side: 'task' };
  if (newerSide === 'task' && !task.due) {
    return [{ ...removeChange(taskId, linkTo(task, null), event, task.editedAt), ...contested }];
  }

  const changes: TaskEventChange[] = [];
  const agreed = linkTo(task, eventId);
  const before = { ...agreed, ...(link && { title: link.title, notes: link.notes }) };
  let due = task.due;
  if (newerSide === 'event' && eventDue) {
    due = eventDue;
    changes.push({ kind: 'reschedule', taskId, due, editedAt: event.editedAt, ...contested, link: { ...before, due } });
  }
  if (newerSide === 'task' && due) {
    const moved = { slot: dueToSlot(due, timeZone, slot), editedAt: task.editedAt, ...contested };
    changes.push({ kind: 'move', taskId, eventId, ...moved, link: before });
  }
  const texts = newTexts(pair);
  if (texts) {
    changes.push({ kind: 'retitle', taskId, eventId, ...texts, editedAt: task.editedAt, link: { ...agreed, due } });
  }
  const last = changes.at(-1)?.link ?? link;
  if (!last || !isSameLink(last, { ...agreed, due })) changes.push({ kind: 'agree', taskId, link: { ...agreed, due } });
  return changes;
}

/** What was agreed with this very event: nothing, if it came back after the sync had removed it. */
export const linkWith = (event: KnownEvent | null, link: TaskLink | null): TaskLink | null =>
  link?.eventId === event?.eventId ? link : null;

/** The side whose date or time the other one must take. */
function movedSide(
  { task, event, link }: Pair,
  eventDue: Due,
  zone: string,
): Contested & { readonly side: 'task' | 'event' | 'neither' } {
  if (isSameDue(normalizeDue(task.due, zone), eventDue)) return { side: 'neither' };
  // The time of an event that came back counts as moved only where the task has none.
  const agreed = task.due === null ? link : linkWith(event, link);
  if (agreed && isSameDue(normalizeDue(agreed.due, zone), eventDue)) return { side: 'task' };
  if (agreed && isSameDue(agreed.due, task.due)) return { side: 'event' };
  const side = isNewer(task.editedAt, event.editedAt) ? 'task' : 'event';
  const reason =
    side === 'task'
      ? 'the due date was edited later than the event was moved'
      : 'the event was moved later than the due date was edited, or at the same time';
  return { side, contest: { winner: side, reason } };
}

/** Notion truncates edit times to the minute, so an event edited within that minute counts as edited later. */
const isNewer = (task: Date | null, event: Date | null): boolean => task !== null && (event === null || task > event);

/** Long notes stay whole in the task; the event gets as much as Google accepts. */
const textsOf = ({ title, notes }: KnownTask): Texts => ({
  summary: title || null,
  description: notes ? truncate(notes, MAX_DESCRIPTION_LENGTH) : null,
});

/** The event's new texts, if the task's texts have changed and the event's differ from them. */
function newTexts({ task, event, link }: Pair): Texts | null {
  if (!link) return null;
  const wanted = textsOf(task);
  const summary = link.title === task.title ? event.summary : wanted.summary;
  const description = link.notes === task.notes ? event.description : wanted.description;
  return summary === event.summary && description === event.description ? null : { summary, description };
}

/** For links to a current event, which is never dismissed. */
const isSameLink = (a: TaskLink, b: TaskLink): boolean =>
  a.eventId === b.eventId && isSameDue(a.due, b.due) && a.title === b.title && a.notes === b.notes;
