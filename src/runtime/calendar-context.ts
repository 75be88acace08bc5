import { personalCalendar, workCalendar } from '../entities/calendars.ts';
import { calendarEvents } from '../google/calendar-events.ts';
import type { ConfiguredCalendar } from '../google/configured-calendars.ts';
import { GoogleApi } from '../google/google-api.ts';
import type { SyncContext } from '../sync/ports.ts';
import type { WorkerServices } from './services.ts';
import { type EngineContextOptions, engineContext } from './sync-context.ts';

/** Lockstep never writes to the work calendar. */
export const CALENDARS = {
  personal: { entity: personalCalendar, readOnly: false },
  work: { entity: workCalendar, readOnly: true },
} as const;

export type CalendarContextOptions = Omit<EngineContextOptions, 'entity' | 'remote' | 'readOnly'> & {
  readonly calendar: ConfiguredCalendar;
  /** Signed in. */
  readonly api: GoogleApi;
};

export const calendarApi = (
  { google, grants }: WorkerServices,
  { account }: ConfiguredCalendar,
  signal: AbortSignal,
): GoogleApi => new GoogleApi(google, account, grants, signal);

/** The engine's ports for a Google calendar. */
export function calendarContext(services: WorkerServices, options: CalendarContextOptions): SyncContext {
  const { calendar, api } = options;
  const remote = calendarEvents({ api, calendarId: calendar.id, timeZone: services.config.timeZone });
  return engineContext(services, { ...options, ...CALENDARS[calendar.name], remote });
}
