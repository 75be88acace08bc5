import type { CalendarApi, Traffic } from './calendar-api.ts';
import { parseEventBody } from './event-body.ts';
import { deleteEvent, insertEvent, patchEvent } from './event-writes.ts';
import type { OAuthServer } from './oauth.ts';
import type { CalendarSeed, EventResource, GoogleState } from './state.ts';

/**
 * A person at the calendar, and the hand behind the stage. Nothing done here
 * counts as a client's traffic, needs a token, or meets a fault.
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

  addCalendar(seed: CalendarSeed): void {
    this.#state.calendars.set(seed.id, { timeZone: 'UTC', ...seed, generation: 0 });
  }

  /** Series and exceptions (`recurringEventId`, `originalStartTime`) are stored as given. */
  createEvent(calendarId: string, event: object): EventResource {
    return insertEvent(this.#state, this.#state.calendar(calendarId), parseEventBody(event), 'human');
  }

  editEvent(calendarId: string, id: string, change: object): EventResource {
    return patchEvent(this.#state, this.#state.calendar(calendarId), id, parseEventBody(change));
  }

  moveEvent(calendarId: string, id: string, start: object, end: object): EventResource {
    const cleared = { date: null, dateTime: null };
    return this.editEvent(calendarId, id, { start: { ...cleared, ...start }, end: { ...cleared, ...end } });
  }

  deleteEvent(calendarId: string, id: string): void {
    deleteEvent(this.#state, this.#state.calendar(calendarId), id);
  }

  event(calendarId: string, id: string): EventResource | undefined {
    return this.#state.event(calendarId, id)?.resource;
  }

  /** All that was ever there, deleted ones included. */
  events(calendarId: string): EventResource[] {
    return this.#state.eventsOf(calendarId).map(({ resource }) => resource);
  }

  /** Clients with an earlier sync token get 410 `fullSyncRequired`. */
  expireSyncTokens(calendarId: string): void {
    const calendar = this.#state.calendar(calendarId);
    this.#state.calendars.set(calendarId, { ...calendar, generation: calendar.generation + 1 });
  }

  /** A refresh token, as though the user had signed in. */
  grant(user: string, scopes: readonly string[]): string {
    return this.#oauth.grant(user, scopes);
  }

  /** The user withdraws the consent: `invalid_grant` from now on. */
  revokeGrants(user: string): void {
    for (const [token, grant] of this.#state.grants.entries()) {
      if (grant.user === user) this.#state.grants.set(token, { ...grant, revoked: true });
    }
  }

  /** Access tokens given out so far stop working, whatever was said about their time. */
  expireAccessTokens(): void {
    for (const [token] of this.#state.accessTokens.entries()) this.#state.accessTokens.delete(token);
  }

  /** What clients did, by calendar id. */
  traffic(): Record<string, Traffic> {
    return structuredClone(Object.fromEntries(this.#api.traffic));
  }

  resetTraffic(): void {
    this.#api.traffic.clear();
  }
}
