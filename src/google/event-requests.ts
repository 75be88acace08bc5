import type { calendar_v3 } from '@googleapis/calendar';
import { type DecodedEvent, decodeEvent } from './events.ts';
import type { Events, GoogleApi } from './google-api.ts';
import { isEventGone } from './google-errors.ts';

type GoogleEvent = calendar_v3.Schema$Event;

const PAGE_SIZE = 250;

/** One page of a listing. */
export interface EventPage {
  readonly events: readonly DecodedEvent[];
  readonly nextPage: string | null;
  /** On the last page alone. */
  readonly nextToken: string | null;
}

export interface EventRequestsOptions {
  readonly api: GoogleApi;
  /** `primary`, or an address. */
  readonly calendarId: string;
  /** Where days begin, and the zone of times that name none. */
  readonly timeZone: string;
}

/** The requests to Google about the events of one calendar. */
export class EventRequests {
  readonly #api: GoogleApi;
  readonly #calendarId: string;
  readonly #timeZone: string;

  constructor({ api, calendarId, timeZone }: EventRequestsOptions) {
    this.#api = api;
    this.#calendarId = calendarId;
    this.#timeZone = timeZone;
  }

  now(): Date {
    return this.#api.now();
  }

  async list(parameters: Omit<calendar_v3.Params$Resource$Events$List, 'calendarId'>): Promise<EventPage> {
    const byToken = parameters.syncToken !== undefined;
    const answer = await this.#api.call({ kind: 'read', what: 'the calendar', byToken }, (events) =>
      events.list({ calendarId: this.#calendarId, maxResults: PAGE_SIZE, ...parameters }),
    );
    return {
      events: (answer.items ?? []).map((event) => decodeEvent(event, this.#timeZone)),
      nextPage: answer.nextPageToken ?? null,
      nextToken: answer.nextSyncToken ?? null,
    };
  }

  /** Finds deleted events too. @returns null when the calendar never had the event */
  async get(eventId: string): Promise<DecodedEvent | null> {
    try {
      const event = await this.#api.call({ kind: 'read', what: `event ${eventId}`, ofEvent: true }, (events) =>
        events.get({ calendarId: this.#calendarId, eventId }),
      );
      return decodeEvent(event, this.#timeZone);
    } catch (error) {
      if (isEventGone(error)) return null;
      throw error;
    }
  }

  insert(eventId: string, requestBody: GoogleEvent): Promise<DecodedEvent> {
    return this.#write(eventId, (events) => events.insert({ calendarId: this.#calendarId, requestBody }));
  }

  /** Fails when the event has changed since it was read. */
  patch(event: DecodedEvent, requestBody: GoogleEvent): Promise<DecodedEvent> {
    const target = { calendarId: this.#calendarId, eventId: event.id };
    return this.#write(event.id, (events) => events.patch({ ...target, requestBody }, ifUnchanged(event)));
  }

  /** Fails when the event has changed since it was read. */
  async delete(event: DecodedEvent): Promise<void> {
    const target = { calendarId: this.#calendarId, eventId: event.id };
    await this.#api.call({ kind: 'write', what: `event ${event.id}`, ofEvent: true }, (events) =>
      events.delete(target, ifUnchanged(event)),
    );
  }

  async #write(
    eventId: string,
    request: (events: Events) => Promise<{ readonly data: GoogleEvent }>,
  ): Promise<DecodedEvent> {
    const event = await this.#api.call({ kind: 'write', what: `event ${eventId}`, ofEvent: true }, request);
    return decodeEvent(event, this.#timeZone);
  }
}

const ifUnchanged = (event: DecodedEvent) => (event.etag ? { headers: { 'If-Match': event.etag } } : {});
