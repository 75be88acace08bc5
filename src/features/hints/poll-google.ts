import type { Hint } from '../../cycle/messages.ts';
import { sql } from '../../database/client.ts';
import { personalCalendar } from '../../entities/calendars.ts';
import { hasChangedSince } from '../../google/calendar-events.ts';
import { ChannelStore, isOpen } from '../../google/channel-store.ts';
import { type ConfiguredCalendar, configuredCalendars } from '../../google/configured-calendars.ts';
import { CALENDARS, calendarApi } from '../../runtime/calendar-context.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import type { Poll } from './keep-polling.ts';

/** Asks Google what changed since the last sync of each calendar, unless a channel reports it. One request for each. */
export function pollGoogle(services: WorkerServices, giveHint: (entity: string, hint: Hint) => Promise<void>): Poll {
  const { config, database, grants } = services;
  const channels = new ChannelStore(database);
  /** The sync token for which a hint was given, by calendar: if its sync fails, the cycle is next. */
  const hinted = new Map<ConfiguredCalendar['name'], string>();

  const unreported = async (): Promise<readonly ConfiguredCalendar[]> => {
    const calendars = await configuredCalendars(config, grants);
    if ('skipped' in calendars) return [];
    const open = (await channels.list()).filter((channel) => isOpen(channel, new Date()));
    return calendars.filter(
      ({ id, account }) => !open.some((channel) => channel.calendarId === id && channel.account === account),
    );
  };

  const tokenOf = async ({ name, id }: ConfiguredCalendar): Promise<string | null> => {
    const [source] = await database.query<{ token: string | null }>(
      sql`SELECT sync_token AS token FROM sync_sources WHERE entity = ${CALENDARS[name].entity.name} AND data_source_id = ${id}`,
    );
    return source?.token ?? null;
  };

  return {
    name: 'Google',
    isNeeded: async () => (await unreported()).length > 0,
    isBusy: async () => false,
    look: async (signal) => {
      const changed: [ConfiguredCalendar['name'], string][] = [];
      for (const calendar of await unreported()) {
        const token = await tokenOf(calendar);
        if (token === null || hinted.get(calendar.name) === token) continue;
        const api = calendarApi(services, calendar, signal);
        const options = { api, calendarId: calendar.id, timeZone: config.timeZone };
        if (await hasChangedSince(token, options)) changed.push([calendar.name, token]);
      }
      if (changed.length === 0) return false;
      // One sync reads both calendars.
      await giveHint(personalCalendar.table, { kind: 'changed' });
      for (const [name, token] of changed) hinted.set(name, token);
      return true;
    },
  };
}
