import { RecordError } from '../errors.ts';
import type { RemoteEntity, RemoteRecord, TokenBatch, TokenListing } from '../sync/ports.ts';
import type { Fields } from '../sync/types.ts';
import type { UpdateResult } from '../sync/update-port.ts';
import { canonicalEventFields, eventToRecord, MAX_GENERATIONS, toEventFields } from './event-record.ts';
import { type EventPage, EventRequests, type EventRequestsOptions } from './event-requests.ts';
import { type DecodedEvent, type EventFields, encodeEvent, encodePatch, eventIdFor } from './events.ts';
import { isDuplicate, isEventChanged, isEventGone, isFullSyncRequired } from './google-errors.ts';

/** One calendar's events in Google, behind the engine's port. */
export function calendarEvents(options: EventRequestsOptions): RemoteEntity {
  const requests = new EventRequests(options);
  const writer = new EventWriter(requests, options.timeZone);
  return {
    side: 'google',
    editGrainMs: 1,
    // Event ids are derived from row ids, so a created event is found immediately.
    creationLagMs: 0,
    supports: { bodies: false, hiddenLinks: false, atomicUpdates: true },
    listing: eventListing(requests),
    now: () => requests.now(),
    read: async (eventId) => {
      const event = await requests.get(eventId);
      return event && eventToRecord(event);
    },
    readBody: async (record) => record,
    isHidden: async () => false,
    findByKey: async (recordIds) => {
      const found: RemoteRecord[] = [];
      for (const recordId of recordIds) {
        const event = await requests.get(eventIdFor(recordId));
        if (event && !event.cancelled) found.push(eventToRecord(event));
      }
      return found;
    },
    create: (recordId, fields) => writer.create(recordId, fields),
    update: (eventId, change, { isExpected }) => writer.update(eventId, change, isExpected),
    toCanonical: canonicalEventFields(options.timeZone),
  };
}

/** Whether a sync with this token would list anything. One request. */
export async function hasChangedSince(token: string, options: EventRequestsOptions): Promise<boolean> {
  const batch = await eventListing(new EventRequests(options)).changes(token, null);
  return batch === null || batch.records.length > 0 || batch.nextPage !== null;
}

function eventListing(requests: EventRequests): TokenListing {
  const toBatch = ({ events, ...next }: EventPage): TokenBatch => ({
    records: events.map((event) => eventToRecord(event)),
    ...next,
  });
  return {
    kind: 'token',
    all: async (page) => toBatch(await requests.list({ ...(page ? { pageToken: page } : {}) })),
    changes: async (token, page) => {
      try {
        return toBatch(await requests.list({ syncToken: token, ...(page ? { pageToken: page } : {}) }));
      } catch (error) {
        if (isFullSyncRequired(error)) return null;
        throw error;
      }
    },
  };
}

class EventWriter {
  readonly #requests: EventRequests;
  readonly #timeZone: string;

  constructor(requests: EventRequests, timeZone: string) {
    this.#requests = requests;
    this.#timeZone = timeZone;
  }

  /** Creates the event of a row, or returns the one that an earlier attempt created. */
  async create(recordId: string, fields: Fields): Promise<RemoteRecord> {
    for (let generation = 0; generation < MAX_GENERATIONS; generation += 1) {
      const eventId = eventIdFor(recordId, generation);
      try {
        const event = encodeEvent(toEventFields(fields), recordId, generation, this.#timeZone);
        return eventToRecord(await this.#requests.insert(eventId, event), true);
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        const existing = await this.#requests.get(eventId);
        if (existing && !existing.cancelled) return eventToRecord(existing);
      }
    }
    throw new RecordError(
      'event_ids_used_up',
      `calendar_events: the event of row ${recordId} was deleted in Google ${MAX_GENERATIONS} times and cannot be created again`,
    );
  }

  async update(
    eventId: string,
    { fields = {}, trashed }: { readonly fields?: Fields; readonly trashed?: boolean },
    isExpected: (record: RemoteRecord) => boolean,
  ): Promise<UpdateResult> {
    const event = await this.#requests.get(eventId);
    if (!event) return { kind: 'gone' };
    const record = eventToRecord(event);
    if (!isExpected(record)) return { kind: 'changed', record };
    try {
      const wanted = toEventFields({ ...event.fields, ...record.fields, ...fields });
      return { kind: 'updated', record: eventToRecord(await this.#write(event, wanted, trashed), true) };
    } catch (error) {
      if (!isEventChanged(error) && !isEventGone(error)) throw error;
      const current = await this.#requests.get(eventId);
      return current ? { kind: 'changed', record: eventToRecord(current) } : { kind: 'gone' };
    }
  }

  async #write(event: DecodedEvent, wanted: EventFields, trashed: boolean | undefined): Promise<DecodedEvent> {
    const patch = encodePatch(event.fields ?? wanted, wanted, this.#timeZone);
    if (trashed !== true) {
      const body = { ...patch, ...(event.cancelled ? { status: 'confirmed' } : {}) };
      return Object.keys(body).length === 0 ? event : this.#requests.patch(event, body);
    }
    // A delete request carries no fields, so with edits the event is cancelled by a patch.
    if (Object.keys(patch).length > 0) return this.#requests.patch(event, { ...patch, status: 'cancelled' });
    await this.#requests.delete(event);
    return { ...event, cancelled: true };
  }
}
