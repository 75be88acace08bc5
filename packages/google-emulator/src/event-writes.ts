import { randomUUID } from 'node:crypto';
import { checkClientId, type EventBody } from './event-body.ts';
import { checkDeletion, checkNewType, checkRestrictions } from './event-restrictions.ts';
import { checkRange, type EventTime, normaliseTime } from './event-times.ts';
import { badRequest, notFound, refusal } from './refusal.ts';
import type { Calendar, EventContent, EventPerson, EventResource, GoogleState } from './state.ts';

/** Who writes: clients of the API are bound by rules that people (using the handle) are not. */
export type Actor = 'client' | 'human';

export interface ChangeOptions {
  readonly actor: Actor;
  /** The etag that the event must still have. */
  readonly ifMatch?: string | undefined;
}

/** @param user who creates it; a person is the owner of the calendar */
export function insertEvent(
  state: GoogleState,
  calendar: Calendar,
  body: EventBody,
  actor: Actor,
  user = calendar.id,
): EventResource {
  const id = body.id ?? randomUUID().replaceAll('-', '');
  if (actor === 'client') checkInsert(body);
  // A deleted event keeps its id: https://github.com/googleapis/google-api-python-client/issues/210
  if (state.event(calendar.id, id)) throw refusal(409, 'duplicate', 'The requested identifier already exists.');
  const event = complete(calendar, { creator: { email: user }, ...body, id }, 0);
  if (actor === 'client') checkNewType(event);
  return state.write(calendar.id, event);
}

/** Changes only the fields in the body. Null clears a field; arrays are replaced. */
export function patchEvent(
  state: GoogleState,
  calendar: Calendar,
  id: string,
  body: EventBody,
  options: ChangeOptions,
): EventResource {
  const held = existing(state, calendar, id, options.ifMatch);
  checkChange(held, body);
  // The stored event passed the same schema, so the merged one is a body too.
  const merged = merge(held, body) as EventBody;
  return writeChange(state, calendar, held, merged, options.actor);
}

/** Replaces the event. Fields that are not in the body are removed. */
export function updateEvent(
  state: GoogleState,
  calendar: Calendar,
  id: string,
  body: EventBody,
  options: ChangeOptions,
): EventResource {
  const held = existing(state, calendar, id, options.ifMatch);
  checkChange(held, body);
  if (body.sequence != null && body.sequence < held.sequence) throw badRequest('Invalid sequence value.');
  const { recurringEventId, originalStartTime, iCalUID, eventType, creator, organizer } = held;
  const kept = { id, recurringEventId, originalStartTime, iCalUID, eventType, creator, organizer };
  return writeChange(state, calendar, held, { ...body, ...kept }, options.actor);
}

/** @throws Refusal 404 for an unknown event, 410 for one that is already deleted */
export function deleteEvent(state: GoogleState, calendar: Calendar, id: string, options: ChangeOptions): void {
  const held = existing(state, calendar, id, options.ifMatch);
  if (held.status === 'cancelled') throw refusal(410, 'deleted', 'Resource has been deleted');
  if (options.actor === 'client') checkDeletion(held);
  cancel(state, calendar, held);
}

function checkInsert(body: EventBody): void {
  if (body.id != null) checkClientId(body.id);
  if (body.id != null && body.iCalUID != null) throw badRequest('Only one of id and iCalUID may be given.');
  if (body.status === 'cancelled') throw badRequest('Invalid value for status: cancelled');
  if (body.recurringEventId != null || body.originalStartTime != null)
    throw badRequest('An exception is made by changing an instance.');
}

function checkChange(held: EventResource, body: EventBody): void {
  if (body.id != null && body.id !== held.id) throw badRequest('The event id cannot be changed.');
  if (body.iCalUID != null && body.iCalUID !== held.iCalUID) throw badRequest('The iCalUID cannot be changed.');
  if (body.eventType != null && body.eventType !== held.eventType) throw badRequest('Event type cannot be changed.');
}

function existing(state: GoogleState, calendar: Calendar, id: string, ifMatch?: string): EventResource {
  const held = state.event(calendar.id, id)?.resource;
  if (!held) throw notFound();
  if (ifMatch && ifMatch !== '*' && ifMatch !== held.etag)
    throw refusal(412, 'conditionNotMet', 'Precondition Failed', 'If-Match');
  return held;
}

function writeChange(
  state: GoogleState,
  calendar: Calendar,
  held: EventResource,
  body: EventBody,
  actor: Actor,
): EventResource {
  const next = complete(calendar, { ...body, id: held.id }, held.sequence);
  if (actor === 'client') checkRestrictions(held, next, calendar.id);
  if (next.status === 'cancelled' && held.status !== 'cancelled') return cancel(state, calendar, next);
  const moved = JSON.stringify([held.start, held.end]) !== JSON.stringify([next.start, next.end]);
  return state.write(calendar.id, { ...next, sequence: held.sequence + (moved ? 1 : 0) });
}

/** Keeps the fields, so that the event can be restored. Also cancels the exceptions of a recurring event. */
function cancel(state: GoogleState, calendar: Calendar, event: EventContent) {
  const cancelled = state.write(calendar.id, { ...event, status: 'cancelled', sequence: event.sequence + 1 });
  for (const { resource } of state.eventsOf(calendar.id)) {
    if (resource.recurringEventId === event.id && resource.status !== 'cancelled') cancel(state, calendar, resource);
  }
  return cancelled;
}

/** The body with validated, normalised times and Google's defaults. */
function complete(calendar: Calendar, body: EventBody & { id: string }, sequence: number): EventContent {
  const { start: _start, end: _end, originalStartTime: original, creator, organizer, ...rest } = withoutEmpty(body);
  return {
    ...rest,
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${body.id} ${calendar.id}`).toString('base64url')}`,
    creator: asShownIn(calendar, creator),
    organizer: asShownIn(calendar, organizer),
    ...timesOf(calendar, body),
    ...(original ? { originalStartTime: normaliseTime('original start', original, calendar.timeZone) } : {}),
    id: body.id,
    status: rest.status ?? 'confirmed',
    iCalUID: rest.iCalUID ?? `${rest.recurringEventId ?? body.id}@google.com`,
    eventType: rest.eventType ?? 'default',
    // Days have no default reminders.
    reminders: rest.reminders ?? { useDefault: !body.start?.date },
    sequence,
  };
}

const asShownIn = (calendar: Calendar, given: EventBody['organizer']): EventPerson => {
  const { email, displayName } = given ?? { email: calendar.id };
  return { email, ...(displayName ? { displayName } : {}), ...(email === calendar.id ? { self: true } : {}) };
};

function timesOf(calendar: Calendar, body: EventBody): { start?: EventTime; end?: EventTime } {
  // A cancelled exception may have no times, only the instance it replaces.
  if (body.status === 'cancelled' && body.recurringEventId && !body.start) return {};
  const start = normaliseTime('start', body.start, calendar.timeZone);
  const end = normaliseTime('end', body.end, calendar.timeZone);
  checkRange(start, end);
  if (body.recurrence && body.start?.dateTime && !body.start.timeZone)
    throw badRequest('Missing time zone definition for start time.');
  return { start, end };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(held: object, change: object): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...held };
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) continue;
    const before = merged[name];
    merged[name] = isObject(value) ? merge(isObject(before) ? before : {}, value) : value;
  }
  return merged;
}

/** Removes nulls and empty strings at any depth, as Google does. */
function withoutEmpty<T extends object>(value: T): T {
  const kept = Object.entries(value)
    .filter(([, part]) => part !== null && part !== undefined && part !== '')
    .map(([name, part]) => [name, isObject(part) ? withoutEmpty(part) : part])
    .filter(([, part]) => !isObject(part) || Object.keys(part).length > 0);
  // Only optional fields can be null or empty.
  return Object.fromEntries(kept) as T;
}
