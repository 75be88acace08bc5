import { z } from 'zod';
import { type FaultPlan, faultRule } from './faults.ts';
import type { EmulatorHandle } from './handle.ts';
import { badRequest } from './refusal.ts';

const nothing = z.strictObject({});
const ofCalendar = z.strictObject({ calendarId: z.string() });
const fields = z.record(z.string(), z.unknown());
const ofEvent = ofCalendar.extend({ id: z.string() });
const ofUser = z.strictObject({ user: z.string() });
const calendar = z.strictObject({
  id: z.string(),
  timeZone: z.string().default('UTC'),
  access: z.record(z.string(), z.enum(['freeBusyReader', 'reader', 'writer', 'owner'])),
});

/** What the control API acts on. */
export interface Controlled {
  readonly handle: EmulatorHandle;
  readonly faults: FaultPlan;
}

/** The actions of `POST /_emulator/{action}`. Each calls one method of the handle. */
export function controlActions({ handle, faults }: Controlled): (name: string, body: string) => object {
  const actions: Record<string, (body: string) => object> = {
    state: action(nothing, () => handle.summary()),
    addCalendar: action(calendar, (seed) => handle.addCalendar(seed)),
    createEvent: action(ofCalendar.extend({ event: fields }), (given) =>
      handle.createEvent(given.calendarId, given.event),
    ),
    editEvent: action(ofEvent.extend({ event: fields }), (given) =>
      handle.editEvent(given.calendarId, given.id, given.event),
    ),
    moveEvent: action(ofEvent.extend({ start: fields, end: fields }), (given) =>
      handle.moveEvent(given.calendarId, given.id, given.start, given.end),
    ),
    deleteEvent: action(ofEvent, (given) => handle.deleteEvent(given.calendarId, given.id)),
    events: action(ofCalendar, (given) => ({ items: handle.events(given.calendarId) })),
    expireSyncTokens: action(ofCalendar, (given) => handle.expireSyncTokens(given.calendarId)),
    grant: action(ofUser.extend({ scopes: z.array(z.string()) }), (given) => ({
      refreshToken: handle.grant(given.user, given.scopes),
    })),
    revokeGrants: action(ofUser, (given) => handle.revokeGrants(given.user)),
    expireAccessTokens: action(nothing, () => handle.expireAccessTokens()),
    traffic: action(nothing, () => handle.traffic()),
    resetTraffic: action(nothing, () => handle.resetTraffic()),
    addFault: action(faultRule, (rule) => faults.add(rule)),
    clearFaults: action(nothing, () => faults.clear()),
  };
  return (name, body) => {
    const chosen = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!chosen) throw badRequest(`There is no action ${name}. The actions are ${Object.keys(actions).join(', ')}.`);
    return chosen(body);
  };
}

function action<T>(schema: z.ZodType<T>, run: (given: T) => unknown): (body: string) => object {
  return (body) => {
    const parsed = schema.safeParse(parseJson(body || '{}'));
    if (!parsed.success) throw badRequest(z.prettifyError(parsed.error));
    const result = run(parsed.data);
    return typeof result === 'object' && result !== null ? result : {};
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('The body is not JSON.');
  }
}
