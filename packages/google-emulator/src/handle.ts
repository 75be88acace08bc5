import type { CalendarApi, Traffic } from './calendar-api.ts';
import { parsePersonsEvent } from './event-body.ts';
import { deleteEvent, insertEvent, patchEvent } from './event-writes.ts';
import type { OAuthServer } from './oauth.ts';
import type { Calendar, CalendarSeed, EventResource, GoogleState } from './state.ts';

const HUMAN = { actor: 'human' } as const;

/** The calendars and the revision, which grows with every change. */
export interface StateSummary {
  readonly revision: number;
  readonly calendars: readonly Pick<Calendar, 'id' | 'timeZone' | 'access'>[];
}

/**
 * What a person can do in the calendars, and what tests need. These calls are
 * not counted as traffic, need no token and are not affected by faults.
 */
export class EmulatorHandle {
  readonly #state: GoogleState;
  readonly #oauth: OAuthServer;
  readonly #api: CalendarApi;

  constructor(state: GoogleState, oauth: OAuthServer, api: CalendarApi) {
    this.#state = state;
    this.#oauth = oauth;
    this.#api = api;
  }

  summary(): StateSummary {
    const calendars = this.#state.calendars.values().map(({ id, timeZone, access }) => ({ id, timeZone, access }));
    return { revision: this.#state.revision, calendars };
  }

  addCalendar(seed: CalendarSeed): void {
    this.#state.calendars.set(seed.id, { timeZone: 'UTC', ...seed, generation: 0 });
  }

  /**
   * Recurring events and their exceptions (`recurringEventId`, `originalStartTime`) are stored as given. Another
   * `organizer` makes it an invitation.
   */
  createEvent(calendarId: string, event: object): EventResource {
    return insertEvent(this.#state, this.#state.calendar(calendarId), parsePersonsEvent(event), 'human');
  }

  editEvent(calendarId: string, id: string, change: object): EventResource {
    return patchEvent(this.#state, this.#state.calendar(calendarId), id, parsePersonsEvent(change), HUMAN);
  }

  moveEvent(calendarId: string, id: string, start: object, end: object): EventResource {
    const cleared = { date: null, dateTime: null };
    return this.editEvent(calendarId, id, { start: { ...cleared, ...start }, end: { ...cleared, ...end } });
  }

  deleteEvent(calendarId: string, id: string): void {
    deleteEvent(this.#state, this.#state.calendar(calendarId), id, HUMAN);
  }

  event(calendarId: string, id: string): EventResource | undefined {
    return this.#state.event(calendarId, id)?.resource;
  }

  /** All events, including deleted ones. */
  events(calendarId: string): EventResource[] {
    return this.#state.eventsOf(calendarId).map(({ resource }) => resource);
  }

  /** Clients with an earlier sync token get 410 `fullSyncRequired`. */
  expireSyncTokens(calendarId: string): void {
    const calendar = this.#state.calendar(calendarId);
    this.#state.calendars.set(calendarId, { ...calendar, generation: calendar.generation + 1 });
  }

  /** Creates a refresh token, as if the user had signed in. @param token a random one when omitted */
  grant(user: string, scopes: readonly string[], token?: string): string {
    return this.#oauth.grant(user, scopes, token);
  }

  /** The user revokes access: refresh tokens get `invalid_grant`. */
  revokeGrants(user: string): void {
    for (const [token, grant] of this.#state.grants.entries()) {
      if (grant.user === user) this.#state.grants.set(token, { ...grant, revoked: true });
    }
  }

  /** All access tokens issued so far stop working, before they expire. */
  expireAccessTokens(): void {
    for (const [token] of this.#state.accessTokens.entries()) this.#state.accessTokens.delete(token);
  }

  /** Requests of clients, by calendar id. */
  traffic(): Record<string, Traffic> {
    return structuredClone(Object.fromEntries(this.#api.traffic));
  }

  resetTraffic(): void {
    this.#api.traffic.clear();
  }
}
