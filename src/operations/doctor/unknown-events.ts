import { queryOnce, syncTransaction } from '../../database/batches.ts';
import type { Database } from '../../database/client.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { FinalError } from '../../errors.ts';
import { calendarEvents } from '../../google/calendar-events.ts';
import type { RemoteRecord } from '../../sync/ports.ts';
import type { DoctorContext } from './context.ts';
import { type Check, FIX } from './finding.ts';

const MOST_SHOWN = 5;

/**
 * Whether the personal calendar holds events that Lockstep made and knows nothing of any more, as after a restored
 * backup: Google tells only of what changes, so that they would stay for ever.
 */
export const unknownEvents: Check = async (context) => {
  const { database } = context;
  const [source] = await queryOnce<{ token: string | null }>(
    database,
    'SELECT sync_token AS token FROM sync_sources WHERE entity = $1',
    [personalCalendar.name],
  );
  // All of them are listed by the next cycle anyway.
  if (!source?.token) return [];
  const made = (await eventsOf(context)).filter(({ madeByUs, trashed }) => madeByUs && !trashed);
  const unknown = await notKnown(database, made);
  if (unknown.length === 0) return [];
  const names = unknown.slice(0, MOST_SHOWN).map(({ pageId, fields }) => `«${fields.summary ?? pageId}»`);
  return [
    {
      code: 'event_unknown',
      severity: 'problem',
      subject: 'google/personal',
      what: `${unknown.length} ${unknown.length === 1 ? 'event' : 'events'} of ours ${unknown.length === 1 ? 'is' : 'are'} not known here: ${names.join(', ')}`,
      why: 'they follow no task, and whoever makes them anew has two of each',
      mend: `${FIX}: the next cycle then lists the whole calendar, takes them in, and removes those that no task has`,
      fix: async () => {
        await syncTransaction(database, (batch) =>
          batch.execute('UPDATE sync_sources SET sync_token = NULL WHERE entity = $1', [personalCalendar.name]),
        );
        return 'the next cycle lists the whole calendar';
      },
    },
  ];
};

async function eventsOf(context: DoctorContext): Promise<RemoteRecord[]> {
  const reading = (await context.calendars()).find(({ calendar }) => calendar.name === 'personal');
  if (!reading?.seen) return [];
  const { api } = reading.seen;
  const { listing } = calendarEvents({ api, calendarId: reading.calendar.id, timeZone: context.config.timeZone });
  if (listing.kind !== 'token') throw new FinalError('unexpected_answer', 'a calendar is not listed by its token');
  const events: RemoteRecord[] = [];
  let page: string | null = null;
  do {
    const batch = await listing.all(page);
    events.push(...batch.records);
    page = batch.nextPage;
  } while (page !== null);
  return events;
}

async function notKnown(database: Database, events: readonly RemoteRecord[]): Promise<RemoteRecord[]> {
  const known = await queryOnce<{ page: string }>(
    database,
    'SELECT page_id AS page FROM sync_state WHERE entity = $1 AND page_id = ANY ($2::text[])',
    [personalCalendar.name, events.map(({ pageId }) => pageId)],
  );
  const pages = new Set(known.map(({ page }) => page));
  return events.filter(({ pageId }) => !pages.has(pageId));
}
