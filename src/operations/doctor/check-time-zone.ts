import { type Database, sql } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { isTimeZone } from '../../shared/zoned-time.ts';
import type { Check } from './finding.ts';

const MONTH_MS = 30 * 86_400_000;

/** Finds a personal calendar with a time zone other than LOCKSTEP_TIME_ZONE. */
export const checkTimeZone: Check = async (context) => {
  const configured = context.config.timeZone;
  const personal = (await context.calendars()).find(({ calendar }) => calendar.name === 'personal');
  const ofCalendar = personal?.seen?.timeZone;
  if (!ofCalendar || showSameTime(configured, ofCalendar)) return [];
  return [
    {
      code: 'time_zone_differs',
      severity: 'problem',
      subject: 'google/personal',
      what: `the calendar's time zone is ${ofCalendar}, but LOCKSTEP_TIME_ZONE is ${configured}`,
      why: 'a task that is due at 14:30 has its event at another time of day, and "today" ends at another hour',
      fix: `set LOCKSTEP_TIME_ZONE=${ofCalendar}, and restart the workers; or change the time zone in the calendar's settings`,
    },
  ];
};

/** Finds a default time zone in which `current_date` is another day. Lockstep's own sessions use UTC. */
export const checkSessionTimeZone: Check = async ({ config, database }) => {
  const { url } = config.database;
  const zone = url ? await readDefaultTimeZone(database) : config.timeZone;
  if (showSameTime(zone, config.timeZone)) return [];
  return [
    {
      code: 'session_time_zone',
      severity: 'info',
      subject: 'postgresql',
      what: `current_date is in the time zone ${zone}, but due dates are in ${config.timeZone}`,
      why: 'for some hours of each day, SQL that compares due_date with current_date is off by one day',
      fix: `ALTER DATABASE ${quote(await databaseName(database))} SET TimeZone TO '${config.timeZone}'`,
    },
  ];
};

async function databaseName(database: Database): Promise<string> {
  const [found] = await database.query<{ name: string }>(sql`SELECT current_database() AS name`);
  return found?.name ?? '';
}

/** The time zone of a session that sets none: that of our own before it was set. */
async function readDefaultTimeZone(database: Database): Promise<string> {
  const [found] = await database.query<{ zone: string }>(
    sql`SELECT reset_val AS zone FROM pg_settings WHERE name = 'TimeZone'`,
  );
  return found?.zone ?? '';
}

/** Whether the local time is the same in both zones, all year round. */
function showSameTime(one: string, other: string): boolean {
  if (!isTimeZone(one) || !isTimeZone(other)) return one === other;
  const shown = (zone: string, at: number): string => new Date(at).toLocaleString('sv-SE', { timeZone: zone });
  return Array.from({ length: 12 }, (_, month) => Date.now() + month * MONTH_MS).every(
    (at) => shown(one, at) === shown(other, at),
  );
}
