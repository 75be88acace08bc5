import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { RecordError } from '../errors.ts';
import type { RemoteEntity, RemoteRecord, TokenBatch } from '../sync/ports.ts';
import type { Fields } from '../sync/types.ts';
import type { GoogleApi } from './client.ts';
import { isDuplicate, isEventChanged, isEventGone, isFullSyncRequired } from './errors.ts';
import {
  canonicalEvent,
  type DecodedEvent,
  decodeEvent,
  type EventFields,
  encodeEvent,
  encodePatch,
  eventIdFor,
} from './events.ts';

type GoogleEvent = calendar_v3.Schema$Event;

const PAGE_SIZE = 250;
/** An event's id is used up when it is deleted; a row rarely needs a second. */
const MOST_GENERATIONS = 20;

export interface CalendarEventsOptions {
  readonly api: GoogleApi;
  /** `primary`, or an address. */
  readonly calendarId: string;
  /** Where days begin, and the zone of times that name none. */
  readonly timeZone: string;
}

/** One calendar's events in Google, as the engine asks for them. */
export function calendarEvents({ api, calendarId, timeZone }: CalendarEventsOptions): RemoteEntity {
  const list = async (parameters: Omit<calendar_v3.Params$Resource$Events$List, 'calendarId'>): Promise<TokenBatch> => {
    const answer = await api.call({ kind: 'read', what: 'the calendar' }, (events) =>
      events.list({ calendarId, maxResults: PAGE_SIZE, ...parameters }),
    );
    return {
      records: (answer.items ?? []).map((event) => toRecord(decodeEvent(event, timeZone))),
      nextPage: answer.nextPageToken ?? null,
      nextToken: answer.nextSyncToken ?? null,
    };
  };

  /** A deleted event still answers; null: it is not known at all. */
  const get = async (eventId: string): Promise<DecodedEvent | null> => {
    try {
      const event = await api.call({ kind: 'read', what: `event ${eventId}`, ofEvent: true }, (events) =>
        events.get({ calendarId, eventId }),
      );
      return decodeEvent(event, timeZone);
    } catch (error) {
      if (isEventGone(error)) return null;
      throw error;
    }
  };

  const write = async (eventId: string, request: Parameters<typeof api.call<GoogleEvent>>[1]): Promise<DecodedEvent> =>
    decodeEvent(await api.call({ kind: 'write', what: `event ${eventId}`, ofEvent: true }, request), timeZone);

  /** Only if nobody changed the event since it was read. */
  const ifUnchanged = (event: DecodedEvent) => (event.etag ? { headers: { 'If-Match': event.etag } } : {});

  /** Deleting says nothing of fields: what was edited along with it goes into a patch that cancels. */
  const cancel = async (event: DecodedEvent, edits: GoogleEvent): Promise<DecodedEvent> => {
    const eventId = event.id;
    if (Object.keys(edits).length > 0) return patch(event, { ...edits, status: 'cancelled' });
    await api.call({ kind: 'write', what: `event ${eventId}`, ofEvent: true }, (events) =>
      events.delete({ calendarId, eventId }, ifUnchanged(event)),
    );
    return { ...event, cancelled: true };
  };

  const patch = (event: DecodedEvent, requestBody: GoogleEvent): Promise<DecodedEvent> =>
    write(event.id, (events) => events.patch({ calendarId, eventId: event.id, requestBody }, ifUnchanged(event)));

  const change = async (
    event: DecodedEvent,
    wanted: EventFields,
    trashed: boolean | undefined,
  ): Promise<DecodedEvent> => {
    const edits = encodePatch(event.fields ?? wanted, wanted, timeZone);
    if (trashed === true) return cancel(event, edits);
    const body = { ...edits, ...(event.cancelled ? { status: 'confirmed' } : {}) };
    return Object.keys(body).length === 0 ? event : patch(event, body);
  };

  return {
    side: 'google',
    editGrainMs: 1,
    // The ids are our own: what was made is found at once.
    creationSettlesMs: 0,

    listing: {
      kind: 'token',
      all: (page) => list({ ...(page ? { pageToken: page } : {}) }),
      changes: async (token, page) => {
        try {
          return await list({ syncToken: token, ...(page ? { pageToken: page } : {}) });
        } catch (error) {
          if (isFullSyncRequired(error)) return null;
          throw error;
        }
      },
    },

    read: async (pageId) => {
      const event = await get(pageId);
      return event && toRecord(event);
    },

    findByKey: async (recordIds) => {
      const found: RemoteRecord[] = [];
      for (const recordId of recordIds) {
        const event = await get(eventIdFor(recordId));
        if (event && !event.cancelled) found.push(toRecord(event));
      }
      return found;
    },

    create: async (recordId, fields) => {
      for (let generation = 0; generation < MOST_GENERATIONS; generation += 1) {
        const requestBody = encodeEvent(toEventFields(fields), recordId, generation, timeZone);
        const eventId = eventIdFor(recordId, generation);
        try {
          return toRecord(await write(eventId, (events) => events.insert({ calendarId, requestBody })));
        } catch (error) {
          if (!isDuplicate(error)) throw error;
          const event = await get(eventId);
          if (event && !event.cancelled) return toRecord(event);
        }
      }
      throw new RecordError(
        'event_ids_used_up',
        `calendar_events: row ${recordId} was deleted in Google too often to be made again`,
      );
    },

    update: async (pageId, { fields = {}, trashed }, still) => {
      const event = await get(pageId);
      if (!event) return { kind: 'gone' };
      const record = toRecord(event);
      if (!still(record)) return { kind: 'changed', record };
      try {
        const wanted = toEventFields({ ...record.fields, ...fields });
        return { kind: 'updated', record: toRecord(await change(event, wanted, trashed)) };
      } catch (error) {
        if (!isEventChanged(error) && !isEventGone(error)) throw error;
        const now = await get(pageId);
        return now ? { kind: 'changed', record: toRecord(now) } : { kind: 'gone' };
      }
    },

    canonical: canonicalEventFields(timeZone),
  };
}

/** A row's fields as Google would say them back. @param zone where days begin */
export const canonicalEventFields =
  (zone: string) =>
  (fields: Fields): Fields => {
    try {
      return { ...canonicalEvent(toEventFields(fields), zone) };
    } catch (error) {
      // What no event can be made of stays as it is, and is refused when it is sent.
      if (error instanceof RecordError) return fields;
      throw error;
    }
  };

function toRecord({ id, cancelled, fields, rowId, createdAt, updatedAt }: DecodedEvent): RemoteRecord {
  // A deleted event's own status is only the deletion said again.
  const { status, ...said } = fields ?? {};
  const key = rowId !== null && isMadeFor(rowId, id) ? rowId : null;
  return {
    pageId: id,
    // A copy of a task's event is an event of its own.
    fields: fields
      ? { ...(cancelled ? said : fields), source_task_id: key === null ? null : fields.source_task_id }
      : {},
    trashed: cancelled,
    createdAt: createdAt ?? new Date(0),
    editedAt: updatedAt ?? new Date(0),
    syncKey: key,
    madeByUs: key !== null,
    editedByUs: false,
    backLinks: {},
  };
}

const isMadeFor = (rowId: string, eventId: string): boolean =>
  Array.from({ length: MOST_GENERATIONS }, (_, generation) => eventIdFor(rowId, generation)).includes(eventId);

/** The engine's fields of a calendar are those of the codec, by the same names. */
const toEventFields = (fields: Fields): EventFields => ({
  summary: text(fields.summary),
  description: text(fields.description),
  location: text(fields.location),
  start_time: text(fields.start_time),
  end_time: text(fields.end_time),
  all_day: fields.all_day === true,
  time_zone: text(fields.time_zone),
  status: text(fields.status),
  source_task_id: text(fields.source_task_id),
});

const text = (value: Fields[string] | undefined): string | null => (typeof value === 'string' ? value : null);
