import { refusal } from './refusal.ts';
import type { EventContent, EventResource } from './state.ts';

type Field = keyof EventContent;

/**
 * What clients may change of events that Google makes itself.
 * @see https://developers.google.com/workspace/calendar/api/guides/event-types
 */
const WRITABLE_BY_TYPE: Readonly<Record<string, ReadonlySet<Field>>> = {
  birthday: new Set<Field>(['summary', 'colorId', 'reminders', 'start', 'end']),
  fromGmail: new Set<Field>([
    ...(['colorId', 'reminders', 'visibility', 'transparency'] as const),
    ...(['status', 'attendees', 'extendedProperties'] as const),
  ]),
};

/** What a new birthday may have besides. */
const NEW_BIRTHDAY: ReadonlySet<Field> = new Set<Field>([
  ...(['birthdayProperties', 'recurrence', 'transparency', 'visibility', 'extendedProperties'] as const),
]);
/** What every write sets. */
const ALWAYS: ReadonlySet<Field> = new Set<Field>([
  ...(['id', 'iCalUID', 'eventType', 'status', 'sequence', 'htmlLink', 'creator', 'organizer'] as const),
]);

/** A guest's own copy of an invitation. The rest is shared with the organizer. */
const OF_GUEST: ReadonlySet<Field> = new Set<Field>([
  ...(['colorId', 'reminders', 'transparency', 'visibility', 'attendees', 'extendedProperties'] as const),
]);

/** @throws Refusal for an event that a client cannot create */
export function checkNewType(event: EventContent): void {
  if (event.eventType === 'fromGmail') throw wrongForType(event);
  if (event.eventType !== 'birthday') return;
  checkBirthday(event);
  const isYearly = event.recurrence?.some((rule) => /^RRULE:.*FREQ=YEARLY/.test(rule)) ?? false;
  const isPrivate = event.visibility === 'private' && event.transparency === 'transparent';
  const fields = Object.keys(event) as Field[]; // an object literal of this type has no other keys
  const isPlain = fields.every(
    (name) => ALWAYS.has(name) || NEW_BIRTHDAY.has(name) || WRITABLE_BY_TYPE.birthday?.has(name),
  );
  if (!isYearly || !isPrivate || !isPlain) throw wrongForType(event);
}

/**
 * @param own the calendar's address, as a guest
 * @throws Refusal for a change that the type of the event or its organizer does not allow
 */
export function checkRestrictions(held: EventResource, next: EventContent, own: string): void {
  const changed = changedFields(held, next);
  const writable = WRITABLE_BY_TYPE[held.eventType ?? ''];
  if (held.eventType === 'birthday') checkBirthday(next);
  if (writable && changed.some((name) => !writable.has(name))) throw wrongForType(held);
  if (!isGuests(held) || held.guestsCanModify) return;
  const isShared = (name: Field): boolean =>
    !OF_GUEST.has(name) ||
    (name === 'extendedProperties' && differ(held.extendedProperties?.shared, next.extendedProperties?.shared)) ||
    (name === 'attendees' && differ(others(held, own), others(next, own)));
  if (changed.some(isShared)) {
    const message = 'Shared properties can only be changed by the organizer of the event.';
    throw refusal(403, 'forbiddenForNonOrganizer', message);
  }
}

/** A guest may delete an invitation: only the guest's copy goes. */
export function checkDeletion(held: EventResource): void {
  if (held.eventType === 'birthday') throw wrongForType(held);
}

function checkBirthday(event: EventContent): void {
  if (Object.keys(event.extendedProperties?.private ?? {}).length > 0)
    throw refusal(400, 'invalid', "'birthday' event type must not have private extended properties.");
  const { start, end } = event;
  const isOneDay =
    start && end && 'date' in start && 'date' in end && Date.parse(end.date) - Date.parse(start.date) === 86_400_000;
  if (!isOneDay) throw wrongForType(event);
}

const wrongForType = ({ eventType }: EventContent) =>
  refusal(
    400,
    'eventTypeRestriction',
    `Attempt made to modify '${eventType}' event in a way that is not valid for this event type.`,
  );

/** An event that an older emulator stored has no organizer. */
const isGuests = ({ organizer }: Partial<EventResource>): boolean => organizer !== undefined && organizer.self !== true;

const others = ({ attendees }: EventContent, own: string): readonly unknown[] =>
  (attendees ?? []).filter((guest) => !(isObject(guest) && guest.email === own));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function changedFields(held: EventResource, next: EventContent): Field[] {
  const names = new Set([...Object.keys(held), ...Object.keys(next)]) as Set<Field>; // both have these keys only
  return [...names].filter((name) => !SET_BY_GOOGLE.has(name) && differ(held[name], next[name]));
}

/** They change with a write, or come with an event that an older emulator stored. */
const SET_BY_GOOGLE: ReadonlySet<string> = new Set([
  ...['kind', 'etag', 'created', 'updated', 'sequence', 'htmlLink', 'creator', 'organizer'],
]);

const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
