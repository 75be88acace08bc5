import { z } from 'zod';
import { badRequest } from './refusal.ts';

const text = z.string().nullish();
const flag = z.boolean().nullish();
const opaque = z.record(z.string(), z.unknown()).nullish();
const list = z.array(z.unknown()).nullish();
const time = z.object({ date: text, dateTime: text, timeZone: text }).nullish();
const person = z.object({ email: z.string(), displayName: z.string().optional() }).nullish();

/** Google does not publish its limits. These are the ones that users report. */
const properties = z
  .record(z.string().max(44), z.string().max(1024).nullable())
  .refine((all) => Object.keys(all).length <= 300)
  .nullish();

const writable = {
  anyoneCanAddSelf: flag,
  attachments: list,
  attendees: list,
  attendeesOmitted: flag,
  birthdayProperties: opaque,
  colorId: text,
  conferenceData: opaque,
  description: text,
  end: time,
  endTimeUnspecified: flag,
  eventLabelId: text,
  eventType: text,
  extendedProperties: z.object({ private: properties, shared: properties }).nullish(),
  focusTimeProperties: opaque,
  gadget: opaque,
  guestsCanInviteOthers: flag,
  guestsCanModify: flag,
  guestsCanSeeOtherGuests: flag,
  iCalUID: text,
  id: text,
  location: text,
  originalStartTime: time,
  outOfOfficeProperties: opaque,
  recurrence: z.array(z.string().regex(/^(RRULE|EXRULE|RDATE|EXDATE)[:;]/)).nullish(),
  recurringEventId: text,
  reminders: opaque,
  sequence: z.int().nullish(),
  source: opaque,
  start: time,
  status: z.enum(['confirmed', 'tentative', 'cancelled']).nullish(),
  summary: text,
  transparency: z.enum(['opaque', 'transparent']).nullish(),
  visibility: z.enum(['default', 'public', 'private', 'confidential']).nullish(),
  workingLocationProperties: opaque,
};

/** What a client cannot write: who made the event, and who invited this calendar to it. */
const people = { creator: person, organizer: person };

/** Google ignores unknown and read-only names. */
const clientBody = z.object(writable);
const personBody = z.strictObject({ ...writable, ...people });

export type EventBody = z.infer<typeof personBody>;

/** The writable fields of a client's body. */
export const parseEventBody = (json: unknown): EventBody => parsed(clientBody, json);

/** What the handle is given. Unknown names are refused: they are mistakes of the test. */
export const parsePersonsEvent = (json: unknown): EventBody => parsed(personBody, json);

function parsed(schema: z.ZodType<EventBody>, json: unknown): EventBody {
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const [issue] = error.issues;
  throw badRequest(`Invalid value for ${issue?.path.join('.') || 'event'}: ${issue?.message}`);
}

/** @see https://developers.google.com/workspace/calendar/api/v3/reference/events#id */
export function checkClientId(id: string): void {
  if (!/^[a-v0-9]{5,1024}$/.test(id)) throw badRequest('Invalid resource id value.');
}
