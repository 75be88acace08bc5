import { randomUUID } from 'node:crypto';
import { type EmulatorHandle, startGoogleEmulator } from 'google-emulator';
import pg from 'pg';
import { type DatabasePool, openDatabase } from '../../src/database/client.ts';
import { entityStore } from '../../src/database/entity-store.ts';
import { saveDataSource } from '../../src/database/sources.ts';
import { personalCalendar, workCalendar } from '../../src/entities/calendars.ts';
import { calendarEvents } from '../../src/google/calendar-events.ts';
import { GoogleApi } from '../../src/google/google-api.ts';
import { emptyTally } from '../../src/runtime/sync-context.ts';
import { BULK } from '../../src/sync/batch-look.ts';
import { syncInbound } from '../../src/sync/inbound.ts';
import { syncOutbound } from '../../src/sync/outbound.ts';
import type { Tally } from '../../src/sync/ports.ts';
import { connectionTo, signedIn } from '../google/support.ts';
import { freshDatabase } from './database.ts';

export const PERSONAL = 'me@example.com';
export const WORK = 'work@example.com';

/** The engine between PostgreSQL and the Google emulator, without Temporal, for both calendars. */
export interface CalendarEngine {
  readonly google: EmulatorHandle;
  readonly database: DatabasePool;
  sql<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  /** Inbound, then outbound; the tallies of both calendars together, by direction. */
  cycle(options?: { sweep?: boolean }): Promise<{ inbound: Tally; outbound: Tally }>;
  close(): Promise<void>;
}

const CALENDARS = [
  { entity: personalCalendar, calendarId: PERSONAL, readOnly: false },
  { entity: workCalendar, calendarId: WORK, readOnly: true },
];

export async function startCalendarEngine(): Promise<CalendarEngine> {
  const google = await startGoogleEmulator();
  google.handle.addCalendar({ id: WORK, access: { [PERSONAL]: 'writer' } });
  const server = await freshDatabase();
  const database = openDatabase(server.url, 4);
  const user = new pg.Pool({ connectionString: server.url, max: 1 });
  const api = new GoogleApi(connectionTo(google), 'personal', signedIn(google));
  const startedAt = new Date();
  for (const { entity, calendarId: id } of CALENDARS) {
    await saveDataSource(database, entity, { configuredId: id, id, properties: {}, syncKey: null });
  }
  const sync = async (direction: typeof syncInbound, sweep: boolean): Promise<Tally> => {
    const tally = emptyTally();
    for (const { entity, calendarId, readOnly } of CALENDARS) {
      await direction({
        entity,
        remote: calendarEvents({ api, calendarId, timeZone: 'UTC' }),
        local: entityStore(database, entity, 'cycle'),
        clock: { now: () => new Date(), sleep: async () => undefined },
        newId: randomUUID,
        policy: {
          ...{ conflicts: 'row', sweepMinutes: 7 * 24 * 60, sweep, sweepSince: startedAt, readOnly },
          ...{ acceptArchive: false, archiveFloor: 20, concurrency: 2, bulk: BULK },
        },
        tally,
        progress: () => undefined,
      });
    }
    return tally;
  };
  return {
    google: google.handle,
    database,
    sql: async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await user.query<T>(text, values)).rows,
    cycle: async ({ sweep = false } = {}) => ({
      inbound: await sync(syncInbound, sweep),
      outbound: await sync(syncOutbound, sweep),
    }),
    close: async () => {
      await user.end();
      await database.close();
      await server.drop();
      await google.close();
    },
  };
}
