import { z } from 'zod';
import { badRequest } from './refusal.ts';

const text = z.string().nullish();
const flag = z.boolean().nullish();
const opaque = z.record(z.string(), z.unknown()).nullish();
const list = z.array(z.unknown()).nullish();
const time = z.strictObject({ date: text, dateTime: text, timeZone: text }).nullish();

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
  extendedProperties: z.strictObject({ private: properties, shared: properties }).nullish(),
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

/** Accepted and ignored, as Google does. */
const readOnly = {
  created: text,
  creator: opaque,
  etag: text,
  hangoutLink: text,
  htmlLink: text,
  kind: text,
  locked: flag,
  organizer: opaque,
  privateCopy: flag,
  updated: text,
};

const known = z.strictObject({ ...writable, ...readOnly });
const body = z.object(writable);

export type EventBody = z.infer<typeof body>;

/** The writable fields of a body. Unlike Google, this refuses unknown fields. */
export function parseEventBody(json: unknown): EventBody {
  const parsed = known.safeParse(json);
  if (parsed.success) return body.parse(parsed.data);
  const [issue] = parsed.error.issues;
  throw badRequest(`Invalid value for ${issue?.path.join('.') || 'event'}: ${issue?.message}`);
}

/** @see https://developers.google.com/workspace/calendar/api/v3/reference/events#id */
export function checkClientId(id: string): void {
  if (!/^[a-v0-9]{5,1024}$/.test(id)) throw badRequest('Invalid resource id value.');
}
