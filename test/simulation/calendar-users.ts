import fc from 'fast-check';
import { personalCalendar, workCalendar } from '../../src/entities/calendars.ts';
import type { Entity } from '../../src/entities/define.ts';
import { type Due, dueToSlot } from '../../src/features/task-events/due.ts';
import type { Fields } from '../../src/sync/types.ts';
import type { CalendarSides } from './calendar-cycles.ts';
import { tasks } from './calendar-entities.ts';
import { PERSONAL, WORK } from './memory-google.ts';
import { latest } from './memory-notion.ts';
import type { StoredRow } from './memory-tables.ts';
import type { Moments } from './moments.ts';
import { fromDue, fromSlot, isTaken } from './task-events.ts';
import type { Ledger } from './users.ts';

const ACTS = {
  notion: ['create', 'title', 'due', 'status'],
  sql: [
    ...(['insert task', 'title', 'due', 'status', 'archive task', 'restore task', 'delete task'] as const),
    ...(['insert event', 'locate', 'move', 'archive event', 'restore event', 'delete event'] as const),
  ],
  google: ['create', 'locate', 'rename', 'move', 'delete', 'restore', 'copy', 'expire tokens'],
} as const;

interface Deed {
  /** Selects the record. */
  readonly at: number;
  /** Determines the new value. */
  readonly value: number;
  /** For acts on events: whether in the work calendar. */
  readonly atWork: boolean;
  /** The pause before the act, in virtual milliseconds. */
  readonly pause: number;
}

/** One act of a person or a script. */
export type CalendarAct = Deed &
  (
    | { readonly side: 'notion'; readonly kind: (typeof ACTS.notion)[number] }
    | { readonly side: 'sql'; readonly kind: (typeof ACTS.sql)[number] }
    | { readonly side: 'google'; readonly kind: (typeof ACTS.google)[number] }
  );

export const SIDES = ['notion', 'sql', 'google'] as const;

const deed = {
  at: fc.nat(7),
  value: fc.nat(60),
  atWork: fc.constantFrom(false, false, false, true),
  pause: fc.oneof(fc.nat(400), fc.nat(5_000), fc.nat(40_000)),
};

/** The acts of all users, in order. */
export const calendarActs: fc.Arbitrary<CalendarAct[]> = fc.array(
  fc.oneof(
    fc.record({ ...deed, side: fc.constant('notion'), kind: fc.constantFrom(...ACTS.notion) }),
    fc.record({
      ...deed,
      side: fc.constant('sql'),
      kind: fc.constantFrom(...ACTS.sql, 'insert task', 'due', 'locate'),
    }),
    fc.record({ ...deed, side: fc.constant('google'), kind: fc.constantFrom(...ACTS.google, 'move', 'locate') }),
  ),
  { minLength: 1, maxLength: 30, size: 'max' },
);

/** What exists before the users start. */
export const settledCalendars: readonly CalendarAct[] = [
  ...[10, 20].map((value): CalendarAct => ({ ...still(value), side: 'sql', kind: 'insert task' })),
  { ...still(15), side: 'notion', kind: 'create' },
  { ...still(12), side: 'sql', kind: 'insert event' },
  ...[false, true, true].map((atWork, at): CalendarAct => ({ ...still(at), atWork, side: 'google', kind: 'create' })),
];

function still(value: number): Deed {
  return { at: 0, value, atWork: false, pause: 0 };
}

/** The world's first day and the three weeks around it. Daylight saving time starts in Los Angeles on 8 March. */
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2026-02-27T00:00:00Z');
const TIMES = ['02:30:00', '23:59:00'] as const;
const STATUSES = ['Todo', 'Done', 'Todo', 'Cancelled'] as const;
/** An event property that Lockstep does not know, and so must preserve. */
export const COLOR = '7';

const dayOf = (value: number): string => new Date(FIRST_DAY + (value % 20) * DAY_MS).toISOString().slice(0, 10);

/** Whole days, times that occur once in a history, and those that a clock change or the end of a day makes special. */
function dueFrom(value: number, moments: Moments): Due {
  const kind = value % 5;
  return { date: dayOf(value), time: kind === 0 ? null : (TIMES[kind - 1] ?? moments.time()) };
}

/** Tasks whose event a user deleted: the only reason for a task to have no event. */
export type Dismissals = Set<string>;

export interface Users {
  readonly sides: CalendarSides;
  readonly ledger: Ledger;
  readonly moments: Moments;
  readonly dismissals: Dismissals;
  readonly timeZone: string;
}

export function performOnCalendars(users: Users, act: CalendarAct): void {
  if (act.side === 'notion') inNotion(users, act);
  else if (act.side === 'google') inGoogle(users, act);
  else if (act.kind.endsWith('event') || act.kind === 'locate' || act.kind === 'move') onRowOfEvent(users, act);
  else onRowOfTask(users, act);
}

type ActOf<Side extends CalendarAct['side']> = Extract<CalendarAct, { side: Side }>;

/** Two in three values are a due date. */
const dueField = (value: number, moments: Moments): string | null =>
  value % 3 === 2 ? null : fromDue(dueFrom(value, moments));

function inNotion(users: Users, { kind, at, value }: ActOf<'notion'>): void {
  const { ledger, moments } = users;
  const { notion } = users.sides;
  if (kind === 'create') {
    const due_date = dueField(value, moments);
    moments.replace(null, { due_date });
    notion.create(tasks, { fields: { title: ledger.title(), status: 'Todo', due_date } }, 'person');
    return;
  }
  const page = pick(notion.of(tasks), at);
  if (page) notion.edit(page.id, { fields: taskEdit(users, kind, value, latest(page).fields) }, 'person');
}

function taskEdit(
  { ledger, moments }: Users,
  kind: 'title' | 'due' | 'status',
  value: number,
  { title, due_date: before = null }: Fields,
): Fields {
  if (kind === 'status') return { status: STATUSES[value % 4] ?? null };
  if (kind === 'title') {
    ledger.overwritten(title);
    return { title: ledger.title() };
  }
  const due_date = dueField(value, moments);
  moments.replace({ due_date: before }, { due_date });
  return { due_date };
}

function onRowOfTask(users: Users, { kind, at, value }: ActOf<'sql'>): void {
  const { ledger, moments } = users;
  const { sql } = users.sides;
  if (kind === 'insert task') {
    const title = ledger.title();
    const fields = { title, status: 'Todo', notes: null, due_date: dueField(value, moments) };
    moments.replace(null, fields);
    sql.insert(tasks, { id: rowId(title), fields });
    return;
  }
  const row = pick([...sql.of(tasks.name).rows.values()], at);
  if (!row) return;
  if (kind === 'delete task') {
    ledger.overwritten(row.fields.title);
    moments.replace(row.fields, null);
    sql.delete(tasks, row.id);
  } else if (kind === 'archive task' || kind === 'restore task') {
    sql.update(tasks, row.id, { archived: kind === 'archive task' });
  } else if (kind === 'title' || kind === 'due' || kind === 'status') {
    sql.update(tasks, row.id, { fields: taskEdit(users, kind, value, row.fields) });
  }
}

function onRowOfEvent({ sides, ledger, moments, dismissals, timeZone }: Users, act: ActOf<'sql'>): void {
  const { sql } = sides;
  const { kind, at, value } = act;
  const entity: Entity = act.atWork ? workCalendar : personalCalendar;
  const slot = fromSlot(dueToSlot(dueFrom(value, moments), timeZone));
  if (kind === 'insert event') {
    const summary = ledger.title();
    const more = { description: null, location: null, status: null, source_task_id: null };
    const sparse = value % 2 === 0 ? { end_time: null, time_zone: null } : {};
    if (entity === personalCalendar) moments.replace(null, slot);
    sql.insert(entity, { id: rowId(summary), fields: { summary, ...more, ...slot, ...sparse } });
    return;
  }
  const row = pick([...sql.of(entity.name).rows.values()], at);
  if (!row) return;
  const taskId = row.fields.source_task_id;
  // An edit beside the row's archiving is a known gap, on either side; see calendar.test.ts.
  if (kind === 'archive event' && (sql.of(entity.name).outbox.has(row.id) || isEditedInGoogle(sides, entity, row.id)))
    return;
  if ((kind === 'locate' || kind === 'move') && row.archived) return;
  if (kind === 'locate') {
    ledger.overwritten(row.fields.location);
    sql.update(entity, row.id, { fields: { location: ledger.title() } });
  } else if (kind === 'move') {
    if (entity === personalCalendar) moments.replace(row.fields, slot);
    sql.update(entity, row.id, { fields: slot });
  } else if (kind === 'restore event') {
    if (typeof taskId !== 'string' || !isTaken(sql, taskId, row.id)) sql.update(entity, row.id, { archived: false });
  } else {
    if (typeof taskId === 'string') dismissals.add(taskId);
    moments.replace(row.fields, null);
    if (kind === 'archive event') sql.update(entity, row.id, { archived: true });
    else {
      for (const field of Object.values(row.fields)) ledger.overwritten(field);
      sql.delete(entity, row.id);
    }
  }
}

function inGoogle(
  { sides, ledger, moments, dismissals, timeZone }: Users,
  { kind, at, value, atWork }: ActOf<'google'>,
): void {
  const { google } = sides;
  const calendar = atWork ? WORK : PERSONAL;
  if (kind === 'expire tokens') {
    google.expireTokens(calendar);
    return;
  }
  const times = timesOf(dueFrom(value, moments), value, value % 4 === 0 ? 'Asia/Kolkata' : timeZone);
  if (kind === 'create') {
    moments.replace(null, google.create(calendar, { summary: ledger.title(), colorId: COLOR, ...times }));
    return;
  }
  const wanted = kind === 'restore' ? google.events(calendar).filter(isCancelled) : google.live(calendar);
  const event = pick(wanted, at);
  if (!event) return;
  const taskId = event.extendedProperties?.private?.source_task_id;
  const isArchived = rowOf(sides, event.id)?.archived ?? false;
  if (taskId && isArchived && (kind === 'locate' || kind === 'rename' || kind === 'move')) return;
  switch (kind) {
    case 'locate':
      ledger.overwritten(event.location);
      google.edit(calendar, event.id, { location: ledger.title() });
      break;
    case 'rename':
      // A task's event gets its title from the task, so this edit may be lost.
      if (!taskId) ledger.overwritten(event.summary);
      google.edit(calendar, event.id, { summary: taskId ? 'renamed' : ledger.title() });
      break;
    case 'move':
      google.move(calendar, event.id, times);
      moments.replace(event, google.event(calendar, event.id));
      break;
    case 'delete':
      // An event whose creation has no response yet is a known gap; see calendar.test.ts.
      if (event.extendedProperties && !rowOf(sides, event.id)) break;
      if (taskId) dismissals.add(taskId);
      moments.replace(event, null);
      google.delete(calendar, event.id);
      break;
    case 'restore':
      // An event that has a successor by now is a known gap; see calendar.test.ts.
      if (!taskId) google.edit(calendar, event.id, { status: 'confirmed' });
      break;
    case 'copy': {
      const { summary, location, description, start, end, extendedProperties } = event;
      google.create(calendar, { summary, location, description, start, end, extendedProperties, colorId: COLOR });
      break;
    }
  }
}

/** Whether an event was edited since the sync read it. */
function isEditedInGoogle({ google, sql }: CalendarSides, { name }: Entity, rowId: string): boolean {
  const state = sql.of(name).states.get(rowId);
  if (!state) return false;
  const event = google.event(name === workCalendar.name ? WORK : PERSONAL, state.remoteId);
  return event !== null && Date.parse(event.updated) > state.remoteEditedAt.getTime();
}

const rowOf = ({ sql }: CalendarSides, eventId: string): StoredRow | undefined =>
  [...sql.of(personalCalendar.name).rows.values()].find(({ remoteId }) => remoteId === eventId);

const isCancelled = ({ status }: { readonly status: string }): boolean => status === 'cancelled';

/** As a Google client sends it: days, or local times with a time zone. */
function timesOf({ date, time }: Due, value: number, timeZone: string): { start: object; end: object } {
  if (time === null) return { start: { date }, end: { date: dayOf((value % 20) + 1) } };
  const { start, end } = dueToSlot({ date, time }, timeZone);
  return { start: { dateTime: start, timeZone }, end: { dateTime: end, timeZone } };
}

const pick = <T>(all: readonly T[], at: number): T | undefined => all[at % Math.max(1, all.length)];
const rowId = (token: string): string => `00000000-0000-4000-8000-${token.slice(1).padStart(12, '0')}`;
