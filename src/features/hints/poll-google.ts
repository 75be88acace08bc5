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

  /** The sync token since which a calendar has changed, unless a hint was given for it. */
  const changedToken = async (
    calendar: ConfiguredCalendar,
    signal: AbortSignal,
  ): Promise<{ name: ConfiguredCalendar['name']; token: string } | null> => {
    const { name, id } = calendar;
    const token = await tokenOf(calendar);
    if (token === null || hinted.get(name) === token) return null;
    const options = { api: calendarApi(services, calendar, signal), calendarId: id, timeZone: config.timeZone };
    return (await hasChangedSince(token, options)) ? { name, token } : null;
  };

  return {
    name: 'Google',
    isNeeded: async () => (await unreported()).length > 0,
    isBusy: async () => false,
    look: async (signal) => {
      const looks = await Promise.allSettled((await unreported()).map((calendar) => changedToken(calendar, signal)));
      const changed = looks.flatMap((look) => (look.status === 'fulfilled' && look.value ? [look.value] : []));
      // One sync reads both calendars.
      if (changed.length > 0) await giveHint(personalCalendar.table, { kind: 'changed' });
      for (const { name, token } of changed) hinted.set(name, token);
      // A calendar that fails does not hide what changed in the other.
      for (const look of looks) if (look.status === 'rejected') throw look.reason;
      return changed.length > 0;
    },
  };
}
