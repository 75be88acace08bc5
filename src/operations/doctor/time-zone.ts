import pg from 'pg';
import type { Database } from '../../database/client.ts';
import { databaseError } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { isTimeZone } from '../../shared/zoned-time.ts';
import type { Check } from './finding.ts';

const CONNECT_MS = 10_000;
const MONTH_MS = 30 * 86_400_000;

/** Whether due times mean the same to Lockstep and to who looks into the personal calendar. */
export const timeZone: Check = async (context) => {
  const own = context.config.timeZone;
  const personal = (await context.calendars()).find(({ calendar }) => calendar.name === 'personal');
  const theirs = personal?.seen?.timeZone;
  if (!theirs || showTheSame(own, theirs)) return [];
  return [
    {
      code: 'time_zone_differs',
      severity: 'problem',
      subject: 'google/personal',
      what: `the calendar is in ${theirs}, and LOCKSTEP_TIME_ZONE is ${own}`,
      why: 'a task that is due at 14:30 has its event at another time of the day, and «today» ends at another hour',
      mend: `set LOCKSTEP_TIME_ZONE=${theirs}, and start the workers again; or give the calendar your zone in its settings`,
    },
  ];
};

/** What `current_date` means to people's own SQL: Lockstep's sessions have UTC, whatever the default is. */
export const sessionTimeZone: Check = async ({ config, database }) => {
  const { url } = config.database;
  const zone = url ? await defaultTimeZone(url) : config.timeZone;
  if (showTheSame(zone, config.timeZone)) return [];
  return [
    {
      code: 'session_time_zone',
      severity: 'info',
      subject: 'postgresql',
      what: `current_date is that of ${zone}, and due dates are days in ${config.timeZone}`,
      why: 'for some hours a day, SQL that compares due_date with current_date is a day off',
      mend: `ALTER DATABASE ${quote(await nameOf(database))} SET TimeZone TO '${config.timeZone}'`,
    },
  ];
};

async function nameOf({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('SELECT current_database() AS name');
  return rows[0]?.name ?? '';
}

/** As somebody finds it who says nothing about it. @throws RetryableError */
async function defaultTimeZone(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  try {
    await client.connect();
    const { rows } = await client.query<{ zone: string }>("SELECT current_setting('TimeZone') AS zone");
    return rows[0]?.zone ?? '';
  } catch (error) {
    throw databaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether clocks in both show the same, all the year round. */
function showTheSame(one: string, other: string): boolean {
  if (!isTimeZone(one) || !isTimeZone(other)) return one === other;
  const shown = (zone: string, at: number): string => new Date(at).toLocaleString('sv-SE', { timeZone: zone });
  return Array.from({ length: 12 }, (_, month) => Date.now() + month * MONTH_MS).every(
    (at) => shown(one, at) === shown(other, at),
  );
}
