import type { Channels } from './channels.ts';
import { parseEventBody } from './event-body.ts';
import { listEvents, type Paging } from './event-list.ts';
import { visibleTo } from './event-view.ts';
import { deleteEvent, insertEvent, patchEvent, updateEvent } from './event-writes.ts';
import type { OAuthServer } from './oauth.ts';
import type { Quota } from './quota.ts';
import { badRequest, notFound, refusal } from './refusal.ts';
import type { AccessRole, Calendar, EventResource, GoogleState, StoredEvent } from './state.ts';

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests of clients to one calendar. */
export interface Traffic {
  reads: number;
  /** Writes that succeeded. */
  inserts: number;
  updates: number;
  deletes: number;
}

/** A calendar, and what this user may see of it. */
interface SeenCalendar {
  readonly user: string;
  readonly calendar: Calendar;
  readonly role: AccessRole;
}

const CHANNELS_STOP = '/calendar/v3/channels/stop';
const EVENTS = /^\/calendar\/v3\/calendars\/([^/]+)\/events(?:\/([^/]+))?$/;
const WRITE_PARAMETERS = [
  ...['alt', 'conferenceDataVersion', 'eventLabelVersion', 'fields', 'key', 'maxAttendees', 'prettyPrint'],
  ...['quotaUser', 'sendNotifications', 'sendUpdates', 'supportsAttachments'],
];
const CHANNEL_PARAMETERS = ['alt', 'fields', 'key', 'prettyPrint', 'quotaUser'];
const GET_PARAMETERS = ['alt', 'alwaysIncludeEmail', 'fields', 'key', 'maxAttendees', 'prettyPrint', 'quotaUser'];

/** The `events` and `channels` of Calendar API v3. */
export class CalendarApi {
  readonly #state: GoogleState;
  readonly #oauth: OAuthServer;
  readonly #quota: Quota;
  readonly #channels: Channels;
  readonly #paging: Paging;
  /** By calendar id. */
  readonly traffic = new Map<string, Traffic>();

  constructor(state: GoogleState, oauth: OAuthServer, quota: Quota, channels: Channels, paging: Paging) {
    this.#state = state;
    this.#oauth = oauth;
    this.#quota = quota;
    this.#channels = channels;
    this.#paging = paging;
  }

  /** @throws Refusal */
  answer(request: ApiRequest): ApiAnswer {
    const { method, url } = request;
    if (method === 'POST' && url.pathname === CHANNELS_STOP) return this.#stop(request);
    const [, calendarPart, eventPart] = EVENTS.exec(url.pathname) ?? [];
    if (!calendarPart) throw notFound();
    // Event ids have no "w", so `watch` cannot be one.
    const watches = method === 'POST' && eventPart === 'watch';
    const writes = method !== 'GET' && !watches;
    const user = this.#enter(request, writes);
    const seen = this.#calendarFor(user, decodeURIComponent(calendarPart), writes);
    if (watches) return this.#watch(seen, request);
    if (eventPart) return this.#one(seen, decodeURIComponent(eventPart), request);
    return this.#collection(seen, request);
  }

  #enter(request: ApiRequest, writes: boolean): string {
    const user = this.#oauth.authenticate(header(request, 'authorization'), writes);
    this.#quota.spend(user);
    return user;
  }

  #watch({ user, calendar, role }: SeenCalendar, request: ApiRequest): ApiAnswer {
    // Whether Google sends notifications about a calendar that shows no events is not documented.
    if (role === 'freeBusyReader') throw notFound();
    checkKnown(request.url.searchParams, CHANNEL_PARAMETERS);
    return { status: 200, body: this.#channels.watch(user, calendar, parseJson(request)) };
  }

  /** Read access is enough to stop one's own channels. */
  #stop(request: ApiRequest): ApiAnswer {
    const user = this.#enter(request, false);
    checkKnown(request.url.searchParams, CHANNEL_PARAMETERS);
    this.#channels.stop(user, parseJson(request));
    return { status: 204 };
  }

  #collection({ user, calendar, role }: SeenCalendar, request: ApiRequest): ApiAnswer {
    const { method, url } = request;
    switch (method) {
      case 'GET': {
        const page = listEvents(this.#state, calendar, url.searchParams, this.#paging, role);
        this.#count(calendar).reads += 1;
        return { status: 200, body: { ...describe(this.#state, calendar, role), ...page } };
      }
      case 'POST': {
        checkWriteParameters(url.searchParams);
        const event = insertEvent(this.#state, calendar, parseEventBody(parseJson(request)), 'client', user);
        this.#count(calendar).inserts += 1;
        return eventAnswer(event);
      }
      default:
        throw notFound();
    }
  }

  #one(seen: SeenCalendar, id: string, request: ApiRequest): ApiAnswer {
    const { method, url } = request;
    const { calendar } = seen;
    const options = { actor: 'client', ifMatch: header(request, 'if-match') } as const;
    if (method === 'GET') return this.#get(seen, id, request);
    checkWriteParameters(url.searchParams);
    switch (method) {
      case 'PATCH':
      case 'PUT': {
        const change = method === 'PUT' ? updateEvent : patchEvent;
        const event = change(this.#state, calendar, id, parseEventBody(parseJson(request)), options);
        this.#count(calendar).updates += 1;
        return eventAnswer(event);
      }
      case 'DELETE':
        deleteEvent(this.#state, calendar, id, options);
        this.#count(calendar).deletes += 1;
        return { status: 204 };
      default:
        throw notFound();
    }
  }

  /** Deleted events can still be read, with all their fields. */
  #get({ calendar, role }: SeenCalendar, id: string, request: ApiRequest): ApiAnswer {
    checkKnown(request.url.searchParams, GET_PARAMETERS);
    this.#count(calendar).reads += 1;
    const event = this.#state.event(calendar.id, id)?.resource;
    if (!event) throw notFound();
    if (header(request, 'if-none-match') === event.etag) return { status: 304 };
    return { ...eventAnswer(event), body: visibleTo(role, event) };
  }

  #calendarFor(user: string, id: string, writes: boolean): SeenCalendar {
    const calendar = this.#state.calendar(id === 'primary' ? user : id);
    const role = calendar.access[user];
    if (!role) throw notFound();
    if (writes && (role === 'reader' || role === 'freeBusyReader'))
      throw refusal(403, 'requiredAccessLevel', 'You need to have writer access to this calendar.');
    return { user, calendar, role };
  }

  #count(calendar: Calendar): Traffic {
    const traffic = this.traffic.get(calendar.id) ?? { reads: 0, inserts: 0, updates: 0, deletes: 0 };
    this.traffic.set(calendar.id, traffic);
    return traffic;
  }
}

const eventAnswer = (event: EventResource): ApiAnswer => ({ status: 200, body: event, headers: { etag: event.etag } });

const describe = (state: GoogleState, calendar: Calendar, role: AccessRole): object => ({
  kind: 'calendar#events',
  etag: `"p${state.revision}0"`,
  summary: calendar.id,
  updated: newestOf(state.eventsOf(calendar.id)),
  timeZone: calendar.timeZone,
  accessRole: role,
  defaultReminders: [],
});

const newestOf = (events: readonly StoredEvent[]): string =>
  events
    .map(({ resource }) => resource.updated)
    .sort()
    .at(-1) ?? new Date(0).toISOString();

function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function checkWriteParameters(query: URLSearchParams): void {
  checkKnown(query, WRITE_PARAMETERS);
  const updates = query.get('sendUpdates');
  if (updates !== null && !['all', 'externalOnly', 'none'].includes(updates))
    throw badRequest('Invalid value for sendUpdates', 'sendUpdates');
}

function checkKnown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw badRequest(`The emulator does not support the parameter ${name}.`, name);
  }
}

function parseJson(request: ApiRequest): unknown {
  if (!header(request, 'content-type')?.startsWith('application/json'))
    throw refusal(400, 'parseError', 'This API does not support parsing this content type.');
  try {
    return JSON.parse(request.body);
  } catch {
    throw refusal(400, 'parseError', 'Parse Error');
  }
}
