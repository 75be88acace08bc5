import { RecordError } from '../errors.ts';
import type { RemoteRecord } from '../sync/ports.ts';
import type { Fields } from '../sync/types.ts';
import { canonicalEvent, type DecodedEvent, type EventFields, eventIdFor } from './events.ts';

/** The id of a deleted event cannot be used again. A row rarely needs a second event. */
export const MAX_GENERATIONS = 20;

/**
 * An event as a record of the engine.
 * @param isOurs the event is as we have just written it
 */
export function eventToRecord(event: DecodedEvent, isOurs = false): RemoteRecord {
  const { id, cancelled, fields, rowId, createdAt, updatedAt, unreadable } = event;
  const key = rowId !== null && isMadeFor(rowId, id) ? rowId : null;
  return {
    remoteId: id,
    // A copy of a task's event does not belong to the task.
    fields: fields
      ? { ...believable(fields, cancelled, isOurs), source_task_id: key === null ? null : fields.source_task_id }
      : {},
    ...(unreadable ? { unreadable } : {}),
    trashed: cancelled,
    createdAt: createdAt ?? new Date(0),
    editedAt: updatedAt ?? new Date(0),
    syncKey: key,
    createdByUs: key !== null,
    editedByUs: false,
    backLinks: {},
  };
}

/**
 * The status of a deleted event only repeats that it was deleted, and its times may be wrong.
 * @see https://github.com/googleapis/google-api-nodejs-client/issues/3212
 */
function believable(fields: EventFields, cancelled: boolean, isOurs: boolean): Partial<EventFields> {
  if (!cancelled) return fields;
  const { status, ...withoutStatus } = fields;
  if (isOurs) return withoutStatus;
  const { start_time, end_time, all_day, time_zone, ...withoutTimes } = withoutStatus;
  return withoutTimes;
}

const isMadeFor = (rowId: string, eventId: string): boolean =>
  Array.from({ length: MAX_GENERATIONS }, (_, generation) => eventIdFor(rowId, generation)).includes(eventId);

/** Returns a function that turns a row's fields into what Google would return for them. @param zone where days begin */
export const canonicalEventFields =
  (zone: string) =>
  (fields: Fields): Fields => {
    try {
      return { ...canonicalEvent(toEventFields(fields), zone) };
    } catch (error) {
      // Fields of which no event can be made stay as they are: the error is reported when they are sent.
      if (error instanceof RecordError) return fields;
      throw error;
    }
  };

/** The engine's fields of a calendar have the names of the event's fields. */
export const toEventFields = (fields: Fields): EventFields => ({
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
