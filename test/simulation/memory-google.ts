import type { calendar_v3 } from '@googleapis/calendar';
import {
  type Calendar,
  deleteEvent,
  type EventResource,
  GoogleState,
  insertEvent,
  Journal,
  listEvents,
  type Paging,
  parseEventBody,
  patchEvent,
  Refusal,
  refusal,
} from 'google-emulator';
import type { Events, GoogleApi } from '../../src/google/google-api.ts';
import { toLockstepError } from '../../src/google/google-errors.ts';
import type { Attempt, Faults } from './faults.ts';
import type { World } from './world.ts';

export const PERSONAL = 'personal';
export const WORK = 'work';
const HUMAN = { actor: 'human' } as const;

/**
 * Google for the real adapter: the emulator's calendars without its server, on
 * the world's clock. Ids of deleted events stay taken, listings show only their
 * ids, writes are conditional, and tokens expire.
 */
export class MemoryGoogle {
  /** Number of successful writes by the sync. */
  writes = 0;
  /** Number of writes that the sync attempted on the work calendar. They are refused. */
  workWrites = 0;
  /** The number of events that the sync created for each row. */
  readonly madeFor = new Map<string, number>();
  readonly paging: { -readonly [K in keyof Paging]: Paging[K] } = { pageSize: 3, emptyPages: false };
  readonly #state: GoogleState;
  readonly #faults: Faults;
  readonly #world: World;
  #count = 0;

  constructor(world: World, faults: Faults, zones: { personal: string; work: string }) {
    this.#faults = faults;
    this.#world = world;
    this.#state = new GoogleState(new Journal(), () => world.now);
    for (const [id, timeZone] of Object.entries(zones)) {
      this.#state.calendars.set(id, { id, timeZone, access: {}, generation: 0 });
    }
  }

  /** Every event that ever existed, including deleted ones. */
  events(calendarId: string): EventResource[] {
    return this.#state.eventsOf(calendarId).map(({ resource }) => resource);
  }

  event(calendarId: string, eventId: string): EventResource | null {
    return this.events(calendarId).find(({ id }) => id === eventId) ?? null;
  }

  live(calendarId: string): EventResource[] {
    return this.events(calendarId).filter(({ status }) => status !== 'cancelled');
  }

  /** Acts of a person, up to `expireTokens`. */
  create(calendarId: string, event: object): EventResource {
    this.#count += 1;
    const id = `human${String(this.#count).padStart(5, '0')}`;
    return insertEvent(this.#state, this.#calendar(calendarId), parseEventBody({ ...event, id }), 'human');
  }

  edit(calendarId: string, eventId: string, change: object): void {
    patchEvent(this.#state, this.#calendar(calendarId), eventId, parseEventBody(change), HUMAN);
  }

  move(calendarId: string, eventId: string, { start, end }: { start: object; end: object }): void {
    const cleared = { date: null, dateTime: null };
    this.edit(calendarId, eventId, { start: { ...cleared, ...start }, end: { ...cleared, ...end } });
  }

  delete(calendarId: string, eventId: string): void {
    deleteEvent(this.#state, this.#calendar(calendarId), eventId, HUMAN);
  }

  /** Expires all sync tokens issued so far. */
  expireTokens(calendarId: string): void {
    const calendar = this.#calendar(calendarId);
    this.#state.calendars.set(calendarId, { ...calendar, generation: calendar.generation + 1 });
  }

  /** The client of the real adapter, for one attempt. */
  api(attempt: Attempt): GoogleApi {
    const events = this.#events(attempt);
    const call: GoogleApi['call'] = async (purpose, request) => {
      try {
        return (await request(events)).data;
      } catch (failure) {
        throw toLockstepError(failure, { ...purpose, account: 'personal' });
      }
    };
    // The adapter uses nothing else of it.
    return { call, now: () => new Date(this.#world.now) } as GoogleApi;
  }

  #events(attempt: Attempt): Events {
    const around = async <T>(
      [verb, calendarId = '']: [string, string | undefined],
      kind: 'read' | 'write',
      work: (calendar: Calendar) => T,
    ): Promise<{ data: T }> => {
      const answer = await this.#faults.around(attempt, `google ${calendarId} ${verb}`, { kind }, () =>
        answered(() => {
          if (kind === 'write') this.#checkAccess(calendarId);
          const data = work(this.#calendar(calendarId));
          if (kind === 'write') this.writes += 1;
          return data;
        }),
      );
      if (answer instanceof Refusal) throw asGaxios(answer);
      return answer;
    };
    const change = (options?: { headers?: { 'If-Match'?: string } }) =>
      ({ actor: 'client', ifMatch: options?.headers?.['If-Match'] }) as const;
    const endpoints = {
      list: ({ calendarId, ...query }: calendar_v3.Params$Resource$Events$List) =>
        around(['list', calendarId], 'read', (calendar) =>
          listEvents(this.#state, calendar, parameters(query), this.paging),
        ),
      get: ({ calendarId, eventId = '' }: calendar_v3.Params$Resource$Events$Get) =>
        around(['get', calendarId], 'read', (calendar) => this.#event(calendar, eventId)),
      insert: ({ calendarId, requestBody }: calendar_v3.Params$Resource$Events$Insert) =>
        around(['insert', calendarId], 'write', (calendar) => {
          const event = insertEvent(this.#state, calendar, parseEventBody(requestBody), 'client');
          const row = event.extendedProperties?.private?.lockstep_row_id ?? '';
          this.madeFor.set(row, (this.madeFor.get(row) ?? 0) + 1);
          return event;
        }),
      patch: (
        { calendarId, eventId = '', requestBody }: calendar_v3.Params$Resource$Events$Patch,
        options?: { headers?: { 'If-Match'?: string } },
      ) =>
        around(['patch', calendarId], 'write', (calendar) =>
          patchEvent(this.#state, calendar, eventId, parseEventBody(requestBody), change(options)),
        ),
      delete: (
        { calendarId, eventId = '' }: calendar_v3.Params$Resource$Events$Delete,
        options?: { headers?: { 'If-Match'?: string } },
      ) =>
        around(['delete', calendarId], 'write', (calendar) =>
          deleteEvent(this.#state, calendar, eventId, change(options)),
        ),
    };
    // The library's class has many overloads, and methods that the adapter does not use.
    return endpoints as unknown as Events;
  }

  #calendar(id: string): Calendar {
    return this.#state.calendar(id);
  }

  #event({ id }: Calendar, eventId: string): EventResource {
    const event = this.#state.event(id, eventId)?.resource;
    if (!event) throw refusal(404, 'notFound', 'Not Found');
    return event;
  }

  #checkAccess(calendarId: string): void {
    if (calendarId !== WORK) return;
    this.workWrites += 1;
    throw refusal(403, 'requiredAccessLevel', 'You need to have writer access to this calendar.');
  }
}

const parameters = (query: object): URLSearchParams =>
  new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]));

/** A refusal is a response too, and can get lost. */
function answered<T>(work: () => T): { data: T } | Refusal {
  try {
    return { data: work() };
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const asGaxios = ({ status, body }: Refusal): Error =>
  Object.assign(new Error('refused'), { response: { status, data: body, headers: new Headers() } });
