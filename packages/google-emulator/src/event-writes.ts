import { randomUUID } from 'node:crypto';
import { checkClientId, type EventBody } from './event-body.ts';
import { checkRange, type EventTime, normaliseTime } from './event-times.ts';
import { badRequest, notFound, refusal } from './refusal.ts';
import type { Calendar, EventContent, EventResource, GoogleState } from './state.ts';

/** Who writes: clients of the API are bound by rules that people (using the handle) are not. */
export type Actor = 'client' | 'human';

export function insertEvent(state: GoogleState, calendar: Calendar, body: EventBody, actor: Actor): EventResource {
  if (actor === 'client') checkInsert(body);
  const id = body.id ?? randomUUID().replaceAll('-', '');
  // A deleted event keeps its id: https://github.com/googleapis/google-api-python-client/issues/210
  if (state.event(calendar.id, id)) throw refusal(409, 'duplicate', 'The requested identifier already exists.');
  return state.write(calendar.id, complete(calendar, { ...body, id }, 0));
}

/** Changes only the fields in the body. Null clears a field; arrays are replaced. */
export function patchEvent(
  state: GoogleState,
  calendar: Calendar,
  id: string,
  body: EventBody,
  ifMatch?: string,
): EventResource {
  const held = existing(state, calendar, id, ifMatch);
  checkChange(held, body);
  // The stored event passed the same schema, so the merged one is a body too.
  const merged = merge(held, body) as EventBody;
  return writeChange(state, calendar, held, merged);
}

/** Replaces the event. Fields that are not in the body are removed. */
export function updateEvent(
  state: GoogleState,
  calendar: Calendar,
  id: string,
  body: EventBody,
  ifMatch?: string,
): EventResource {
  const held = existing(state, calendar, id, ifMatch);
  checkChange(held, body);
  if (body.sequence != null && body.sequence < held.sequence) throw badRequest('Invalid sequence value.');
  const { recurringEventId, originalStartTime, iCalUID, eventType } = held;
  return writeChange(state, calendar, held, { ...body, id, recurringEventId, originalStartTime, iCalUID, eventType });
}

/** @throws Refusal 404 for an unknown event, 410 for one that is already deleted */
export function deleteEvent(state: GoogleState, calendar: Calendar, id: string, ifMatch?: string): void {
  const held = existing(state, calendar, id, ifMatch);
  if (held.status === 'cancelled') throw refusal(410, 'deleted', 'Resource has been deleted');
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

function writeChange(state: GoogleState, calendar: Calendar, held: EventResource, body: EventBody): EventResource {
  const next = complete(calendar, { ...body, id: held.id }, held.sequence);
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
  const { start: _start, end: _end, originalStartTime: original, ...rest } = withoutEmpty(body);
  return {
    ...rest,
    ...timesOf(calendar, body),
    ...(original ? { originalStartTime: normaliseTime('original start', original, calendar.timeZone) } : {}),
    id: body.id,
    status: rest.status ?? 'confirmed',
    iCalUID: rest.iCalUID ?? `${rest.recurringEventId ?? body.id}@google.com`,
    eventType: rest.eventType ?? 'default',
    reminders: rest.reminders ?? { useDefault: true },
    sequence,
  };
}

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
