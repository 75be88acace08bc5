import { asHeld, type Due, dueOf, isAhead, type Slot, sameDue, slotFor } from './due.ts';

export interface KnownTask {
  readonly title: string;
  readonly notes: string | null;
  readonly due: Due | null;
  /** Neither archived nor done nor cancelled. */
  readonly open: boolean;
  /** On either side; null: never by hand. */
  readonly editedAt: Date | null;
}

/** An event's title and notes; empty is null. */
interface Texts {
  readonly summary: string | null;
  readonly description: string | null;
}

export interface KnownEvent extends Texts {
  readonly eventId: string;
  /** Null when the row names no start. */
  readonly slot: Slot | null;
  readonly editedAt: Date | null;
}

/** What a task and its event last agreed on, in the task's words. */
export interface TaskLink {
  /** The live event; null when there is to be none. */
  readonly eventId: string | null;
  readonly due: Due | null;
  readonly title: string;
  readonly notes: string | null;
  /** The user deleted the event: no new one while the due date stands. */
  readonly dismissed: boolean;
}

/** Everything about one task that its event depends on. */
export interface Situation {
  readonly taskId: string;
  /** Null when the task was deleted for good. */
  readonly task: KnownTask | null;
  /** The live event, of which a task has at most one. */
  readonly event: KnownEvent | null;
  readonly link: TaskLink | null;
}

/** One step, and what its task and event agree on after it. `editedAt` is when the user made the edit that it follows from. */
export type TaskEventChange = { readonly taskId: string; readonly link: TaskLink } & (
  | ({ readonly kind: 'create'; readonly eventId: string; readonly slot: Slot } & Texts)
  | { readonly kind: 'move'; readonly eventId: string; readonly slot: Slot; readonly editedAt: Date | null }
  | ({ readonly kind: 'retitle'; readonly eventId: string; readonly editedAt: Date | null } & Texts)
  | { readonly kind: 'remove'; readonly eventId: string; readonly editedAt: Date | null }
  | { readonly kind: 'reschedule'; readonly due: Due; readonly editedAt: Date | null }
  | { readonly kind: 'dismiss' }
  | { readonly kind: 'agree' }
);

export interface PlanOptions {
  readonly now: Date;
  /** IANA name: where due dates are. */
  readonly timeZone: string;
  /** A fresh row id. */
  readonly newId: () => string;
}

/**
 * Says what would bring tasks and their events in step (rule 7): pure, nothing
 * is read or written. Of date and time only what really moved since the link
 * counts; where both did, the newest edit wins, and a tie goes to the event. Texts
 * follow the task alone, when it changes: a user's own title of an event stays until then.
 */
export const planTaskEvents = (situations: readonly Situation[], options: PlanOptions): TaskEventChange[] =>
  situations.flatMap((situation) => planOne(situation, options));

function planOne({ taskId, task, event, link }: Situation, options: PlanOptions): TaskEventChange[] {
  if (!task) return event ? [removal(taskId, { ...BLANK, ...link }, event, null)] : [];
  if (!event) return withoutEvent(taskId, task, link, options);
  if (!task.open) return [removal(taskId, linkTo(task, null), event, task.editedAt)];
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

const removal = (taskId: string, link: TaskLink, { eventId }: KnownEvent, editedAt: Date | null): TaskEventChange => ({
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
  if (link && sameDue(link.due, task.due)) {
    if (link.dismissed) return [];
    // The sync's own removals are in the link: this one was the user's.
    if (link.eventId) return [{ kind: 'dismiss', taskId, link: { ...link, eventId: null, dismissed: true } }];
  }
  if (task.open && task.due && isAhead(task.due, now, timeZone)) {
    const eventId = newId();
    const slot = slotFor(task.due, timeZone);
    return [{ kind: 'create', taskId, eventId, slot, ...textsOf(task), link: linkTo(task, eventId) }];
  }
  const isOver = link?.dismissed || link?.eventId;
  return isOver ? [{ kind: 'agree', taskId, link: linkTo(task, null) }] : [];
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
  const held = slot && dueOf(slot, timeZone);
  const mover = held ? whoMoved(pair, held, timeZone) : 'task';
  if (mover === 'task' && !task.due) return [removal(taskId, linkTo(task, null), event, task.editedAt)];

  const changes: TaskEventChange[] = [];
  const agreed = linkTo(task, eventId);
  const before = { ...agreed, ...(link && { title: link.title, notes: link.notes }) };
  let due = task.due;
  if (mover === 'event' && held) {
    due = held;
    changes.push({ kind: 'reschedule', taskId, due, editedAt: event.editedAt, link: { ...before, due } });
  }
  if (mover === 'task' && due) {
    const { editedAt } = task;
    changes.push({ kind: 'move', taskId, eventId, slot: slotFor(due, timeZone, slot), editedAt, link: before });
  }
  const texts = newTexts(pair);
  if (texts) {
    changes.push({ kind: 'retitle', taskId, eventId, ...texts, editedAt: task.editedAt, link: { ...agreed, due } });
  }
  const last = changes.at(-1)?.link ?? link;
  if (!last || !sameLink(last, { ...agreed, due })) changes.push({ kind: 'agree', taskId, link: { ...agreed, due } });
  return changes;
}

/** Which side the other one has to follow. */
function whoMoved({ task, event, link }: Pair, held: Due, zone: string): 'task' | 'event' | 'neither' {
  if (sameDue(asHeld(task.due, zone), held)) return 'neither';
  if (link && sameDue(asHeld(link.due, zone), held)) return 'task';
  if (link && sameDue(link.due, task.due)) return 'event';
  return isNewer(task.editedAt, event.editedAt) ? 'task' : 'event';
}

/** Notion's minute is cut off, not rounded: an event edited within it counts as edited later. */
const isNewer = (task: Date | null, event: Date | null): boolean => task !== null && (event === null || task > event);

const textsOf = ({ title, notes }: KnownTask): Texts => ({ summary: title || null, description: notes || null });

/** The event's texts, where the task's changed and the event's are not yet the same. */
function newTexts({ task, event, link }: Pair): Texts | null {
  if (!link) return null;
  const wanted = textsOf(task);
  const summary = link.title === task.title ? event.summary : wanted.summary;
  const description = link.notes === task.notes ? event.description : wanted.description;
  return summary === event.summary && description === event.description ? null : { summary, description };
}

/** Of links to a live event, which is never dismissed. */
const sameLink = (a: TaskLink, b: TaskLink): boolean =>
  a.eventId === b.eventId && sameDue(a.due, b.due) && a.title === b.title && a.notes === b.notes;
