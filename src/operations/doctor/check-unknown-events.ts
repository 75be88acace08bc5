import { type Database, transaction } from '../../database/client.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { FinalError } from '../../errors.ts';
import { calendarEvents } from '../../google/calendar-events.ts';
import type { RemoteRecord } from '../../sync/ports.ts';
import type { DoctorContext } from './doctor-context.ts';
import { type Check, FIX_COMMAND } from './finding.ts';

const MAX_SHOWN = 5;

/**
 * Finds events in the personal calendar that Lockstep created but has no record of, for example after PostgreSQL was
 * restored from a backup. Google only lists changed events, so they would stay forever.
 */
export const checkUnknownEvents: Check = async (context) => {
  const { database } = context;
  const [source] = await database.query<{ token: string | null }>(
    'SELECT sync_token AS token FROM sync_sources WHERE entity = $1',
    [personalCalendar.name],
  );
  // Without a token the next cycle lists all events anyway.
  if (!source?.token) return [];
  const made = (await readEvents(context)).filter(({ createdByUs: madeByUs, trashed }) => madeByUs && !trashed);
  const unknown = await unknownAmong(database, made);
  if (unknown.length === 0) return [];
  const names = unknown.slice(0, MAX_SHOWN).map(({ remoteId: pageId, fields }) => `"${fields.summary ?? pageId}"`);
  return [
    {
      code: 'event_unknown',
      severity: 'problem',
      subject: 'google/personal',
      what: `${unknown.length} ${unknown.length === 1 ? 'event was' : 'events were'} created by Lockstep, but ${unknown.length === 1 ? 'has' : 'have'} no row: ${names.join(', ')}`,
      why: 'they follow no task; if their tasks are created again, each has two events',
      fix: `${FIX_COMMAND}: the next cycle then lists the whole calendar, imports them, and removes those without a task`,
      applyFix: async () => {
        await transaction(database, { as: 'sync' }, (batch) =>
          batch.execute('UPDATE sync_sources SET sync_token = NULL WHERE entity = $1', [personalCalendar.name]),
        );
        return 'the next cycle lists the whole calendar';
      },
    },
  ];
};

async function readEvents(context: DoctorContext): Promise<RemoteRecord[]> {
  const reading = (await context.calendars()).find(({ calendar }) => calendar.name === 'personal');
  if (!reading?.seen) return [];
  const { api } = reading.seen;
  const { listing } = calendarEvents({ api, calendarId: reading.calendar.id, timeZone: context.config.timeZone });
  if (listing.kind !== 'token')
    throw new FinalError('unexpected_answer', 'the calendar is not listed with a sync token');
  const events: RemoteRecord[] = [];
  let page: string | null = null;
  do {
    const batch = await listing.all(page);
    events.push(...batch.records);
    page = batch.nextPage;
  } while (page !== null);
  return events;
}

async function unknownAmong(database: Database, events: readonly RemoteRecord[]): Promise<RemoteRecord[]> {
  const known = await database.query<{ page: string }>(
    'SELECT page_id AS page FROM sync_state WHERE entity = $1 AND page_id = ANY ($2::text[])',
    [personalCalendar.name, events.map(({ remoteId: pageId }) => pageId)],
  );
  const pages = new Set(known.map(({ page }) => page));
  return events.filter(({ remoteId: pageId }) => !pages.has(pageId));
}
