import type { EventResource } from 'google-emulator';
import { personalCalendar, workCalendar } from '../../src/entities/calendars.ts';
import type { Entity } from '../../src/entities/define.ts';
import { isSameDue, isUpcoming, normalizeDue, slotToDue } from '../../src/features/task-events/due.ts';
import { canonicalEvent, decodeEvent, type EventFields, eventIdFor } from '../../src/google/events.ts';
import type { Issue } from '../../src/sync/ports.ts';
import { changedFields } from '../../src/sync/reconcile.ts';
import type { Fields } from '../../src/sync/types.ts';
import type { CalendarSides } from './calendar-cycles.ts';
import { calendars, tasks } from './calendar-entities.ts';
import { COLOR, type Users } from './calendar-users.ts';
import { unseenEdits } from './histories.ts';
import { conflicting, equal, lost, madeTwice, needless, oneToOne } from './invariants.ts';
import { PERSONAL, WORK } from './memory-google.ts';
import { latest } from './memory-notion.ts';
import { dueOf, isOpen, slotOf } from './task-events.ts';

/** Checks every invariant after the users have stopped. @returns the violations */
export function brokenCalendars(users: Users, issues: readonly Issue[]): string[] {
  const { sides, ledger, timeZone } = users;
  const { google, sql } = sides;
  const inBoth = sql.conflicts.filter(({ entity }) => entity !== workCalendar.name);
  return [
    ...madeTwice(sides),
    ...oneToOne(sides, tasks.name),
    ...equal(sides, tasks.name),
    ...needless(inBoth),
    ...[...google.madeFor].flatMap(([row, count]) => (count > 1 ? [`${count} events were made for row ${row}`] : [])),
    ...(google.workWrites > 0 ? [`the work calendar was written ${google.workWrites} times`] : []),
    ...inStep(sides, personalCalendar, PERSONAL, { timeZone, issues }),
    ...inStep(sides, workCalendar, WORK, { timeZone, issues }),
    ...taskEvents(users),
    ...untouched(sides),
    ...lost(ledger, versions(sides), unseenEdits(sides, [tasks])),
    ...lostMoments(users),
  ];
}

/** Each row has one event, each event has one row, and both have the same content. */
function inStep(
  { google, sql }: CalendarSides,
  entity: Entity,
  calendar: string,
  { timeZone, issues }: { timeZone: string; issues: readonly Issue[] },
): string[] {
  const { rows, states, outbox } = sql.of(entity.name);
  const events = new Map(google.events(calendar).map((event) => [event.id, event]));
  const owners = new Set([...rows.values()].map(({ remoteId }) => remoteId));
  const orphans = google.live(calendar).filter(({ id }) => !owners.has(id));
  /** A row that SQL created in a read-only calendar stays, and is reported. */
  const isComplaint = (id: string): boolean =>
    entity === workCalendar &&
    !states.has(id) &&
    issues.some(({ code, record }) => code === 'read_only' && record === id);
  return [
    ...orphans.map(({ id }) => `event ${id} of ${calendar} has no row`),
    ...[...outbox.keys()].flatMap((id) =>
      isComplaint(id) ? [] : [`${calendar} row ${id} still has something to send`],
    ),
    ...[...rows.values()].flatMap(({ id, remoteId, fields, archived }) => {
      if (isComplaint(id)) return [];
      const event = events.get(remoteId);
      if (!event) return [`${calendar} row ${id} has the unknown event ${remoteId}`];
      if ((event.status === 'cancelled') !== archived) {
        return [`${calendar} row ${id}: archived is ${archived}, in Google ${event.status}`];
      }
      if (archived) return [];
      // Rows use the field names of the codec.
      const ours = { ...canonicalEvent(fields as unknown as EventFields, timeZone) };
      const theirs = fieldsOf(event, id, timeZone);
      return changedFields(theirs, ours).map((name) => {
        const values = [ours, theirs].map((side) => JSON.stringify(side[name as keyof EventFields]));
        return `${calendar} row ${id}: ${name} is ${values.join(', in Google ')}`;
      });
    }),
  ];
}

type Schema$Event = Parameters<typeof decodeEvent>[0];

/** Only the link to a task that we created counts. Copies have it too. */
function fieldsOf(event: EventResource, rowId: string, timeZone: string) {
  const { fields } = decodeEvent(event as Schema$Event, timeZone);
  const isOurs = [0, 1, 2].some((generation) => eventIdFor(rowId, generation) === event.id);
  return { ...fields, source_task_id: isOurs ? (fields?.source_task_id ?? null) : null };
}

/** Rule 7, in both directions. */
function taskEvents({ sides, dismissals, timeZone }: Users): string[] {
  const { sql, trigger } = sides;
  const now = new Date(sql.now);
  const live = [...sql.of(personalCalendar.name).rows.values()].filter(({ archived }) => !archived);
  const found: string[] = [];
  for (const { source_task_id: taskId } of live.map(({ fields }) => fields)) {
    if (typeof taskId === 'string' && !sql.of(tasks.name).rows.has(taskId)) {
      found.push(`there is an event for the task ${taskId}, which is gone`);
    }
  }
  for (const task of sql.of(tasks.name).rows.values()) {
    const due = dueOf(task.fields);
    const link = trigger.links.get(task.id);
    const events = live.filter(({ fields }) => fields.source_task_id === task.id);
    const slots = events.map(({ fields }) => slotOf(fields, timeZone));
    const wanted = isOpen(task) && due !== null && isUpcoming(due, now, timeZone) && !link?.dismissed;
    if (events.length > 1) found.push(`task ${task.id} has ${events.length} events`);
    if (wanted && events.length === 0) found.push(`task ${task.id} is due on ${due.date}, and has no event`);
    if ((!isOpen(task) || due === null) && events.length > 0) found.push(`task ${task.id} has an event for nothing`);
    for (const slot of slots) {
      if (due && !(slot && isSameDue(slotToDue(slot, timeZone), normalizeDue(due, timeZone)))) {
        found.push(`task ${task.id} is due on ${task.fields.due_date}, its event is on ${slot?.start}`);
      }
    }
    if (link?.dismissed && !dismissals.has(task.id)) {
      found.push(`the event of task ${task.id} counts as thrown away, although nobody did`);
    }
  }
  return found;
}

/** Values without a column are preserved. */
const untouched = ({ google }: CalendarSides): string[] =>
  [PERSONAL, WORK].flatMap((calendar) =>
    google
      .events(calendar)
      .filter(({ id, colorId }) => id.startsWith('human') && colorId !== COLOR)
      .map(({ id }) => `event ${id} lost its colour`),
  );

/** [S5] Every due time and start that a user set is visible, or kept as a conflict. */
function lostMoments({ sides, moments }: Users): string[] {
  const unseen = [...unseenEdits(sides, [tasks])].map((due_date) => ({ due_date }));
  const shown = [...versions(sides)].flatMap((version) => (version ? [version as Fields] : []));
  return moments.missingIn([...shown, ...unseen]).map((moment) => `the time ${new Date(moment).toISOString()} is lost`);
}

/** Every value that is visible on a side or kept as a conflict. */
function* versions({ notion, google, sql }: CalendarSides): Iterable<object | undefined> {
  for (const page of notion.pages.values()) yield latest(page).fields;
  for (const { name } of [tasks, ...calendars]) for (const row of sql.of(name).rows.values()) yield row.fields;
  for (const calendar of [PERSONAL, WORK]) yield* google.events(calendar);
  yield* conflicting(sql.conflicts);
}
