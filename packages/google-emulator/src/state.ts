import type { EventBody } from './event-body.ts';
import type { EventTime } from './event-times.ts';
import type { Journal, Table } from './journal.ts';
import { notFound } from './refusal.ts';

export type AccessRole = 'freeBusyReader' | 'reader' | 'writer' | 'owner';

export interface CalendarSeed {
  /** An email address. A calendar with a user's own address is that user's `primary`. */
  readonly id: string;
  readonly timeZone?: string;
  /** By the user's email address. */
  readonly access: Readonly<Record<string, AccessRole>>;
}

export interface Calendar extends CalendarSeed {
  readonly timeZone: string;
  /** Sync tokens of earlier generations are expired. */
  readonly generation: number;
}

/** Someone as this calendar shows them. */
export interface EventPerson {
  readonly email: string;
  readonly displayName?: string | undefined;
  /** It is this calendar. */
  readonly self?: true;
}

/** An event as the API returns it to those who may read everything. */
export interface EventResource
  extends Omit<EventBody, 'start' | 'end' | 'originalStartTime' | 'creator' | 'organizer'> {
  readonly kind: 'calendar#event';
  readonly etag: string;
  readonly id: string;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  readonly created: string;
  readonly updated: string;
  readonly sequence: number;
  readonly htmlLink: string;
  readonly creator: EventPerson;
  readonly organizer: EventPerson;
  readonly start?: EventTime;
  readonly end?: EventTime;
  readonly originalStartTime?: EventTime;
}

/** An event without the fields that every write sets. */
export type EventContent = Omit<EventResource, 'kind' | 'etag' | 'updated' | 'created'>;

export interface StoredEvent {
  readonly calendarId: string;
  /** The position by creation. Edits do not change it. */
  readonly place: number;
  /** The number of the write, over all calendars. */
  readonly revision: number;
  readonly resource: EventResource;
}

/** The access that a user granted to a client. */
export interface Grant {
  readonly user: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
}

export interface AccessToken {
  readonly refreshToken: string;
  readonly expiresAt: number;
}

/** Calendars, their events, and grants. */
export class GoogleState {
  readonly calendars: Table<Calendar>;
  /** By refresh token. */
  readonly grants: Table<Grant>;
  /** By access token. */
  readonly accessTokens: Table<AccessToken>;
  readonly now: () => number;
  readonly #events: Table<StoredEvent>;
  readonly #watchers: ((calendarId: string) => void)[] = [];
  #revision = 0;

  constructor(journal: Journal, now: () => number) {
    this.calendars = journal.table('calendars');
    this.grants = journal.table('grants');
    this.accessTokens = journal.table('accessTokens');
    this.#events = journal.table('events');
    this.now = now;
    for (const { revision } of this.#events.values()) this.#revision = Math.max(this.#revision, revision);
  }

  /** The number of the latest write. */
  get revision(): number {
    return this.#revision;
  }

  /** @throws Refusal 404 */
  calendar(id: string): Calendar {
    const calendar = this.calendars.get(id);
    if (!calendar) throw notFound();
    return calendar;
  }

  event(calendarId: string, id: string): StoredEvent | undefined {
    return this.#events.get(eventKey(calendarId, id));
  }

  eventsOf(calendarId: string): StoredEvent[] {
    return this.#events.values().filter((event) => event.calendarId === calendarId);
  }

  /** Calls the watcher after each write, including deletions. */
  watch(watcher: (calendarId: string) => void): void {
    this.#watchers.push(watcher);
  }

  /** Stores the event under a new etag. */
  write(calendarId: string, content: EventContent): EventResource {
    const previous = this.event(calendarId, content.id);
    this.#revision += 1;
    const at = new Date(this.now()).toISOString();
    const resource: EventResource = {
      ...content,
      kind: 'calendar#event',
      etag: `"${this.#revision}000"`,
      created: previous?.resource.created ?? at,
      updated: at,
    };
    const place = previous?.place ?? this.#revision;
    this.#events.set(eventKey(calendarId, content.id), { calendarId, place, revision: this.#revision, resource });
    for (const watcher of this.#watchers) watcher(calendarId);
    return resource;
  }
}

const eventKey = (calendarId: string, id: string): string => `${calendarId}/${id}`;
