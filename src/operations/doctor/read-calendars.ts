import type { Config } from '../../config.ts';
import { type Database, sql } from '../../database/client.ts';
import { LockstepError, RetryableError } from '../../errors.ts';
import type { ConfiguredCalendar } from '../../google/configured-calendars.ts';
import { GoogleApi } from '../../google/google-api.ts';
import { type Account, type Grant, type GrantStore, renewed } from '../../google/grant.ts';
import { TokenStore } from '../../google/token-store.ts';

/** A configured calendar, and what Google returned for it. */
export interface CalendarReading {
  readonly calendar: ConfiguredCalendar;
  /** Null if the account is not signed in. */
  readonly seen: SeenCalendar | null;
  readonly error: LockstepError | null;
}

export interface SeenCalendar {
  readonly api: GoogleApi;
  /** IANA name. */
  readonly timeZone: string;
  readonly accessRole: string;
  /** What the sign-in allows; empty if not known yet. */
  readonly scopes: readonly string[];
}

/**
 * Reads one event of each configured calendar. The response has all that is needed; the scopes of a sign-in do not
 * allow reading the calendar itself.
 * @throws RetryableError when Google or PostgreSQL does not respond
 */
export async function readCalendars(config: Config, database: Database): Promise<readonly CalendarReading[]> {
  const { clientId, clientSecret, refreshToken, workRefreshToken, ...google } = config.google;
  if (!clientId || !clientSecret) return [];
  const stored = new TokenStore(database, config.encryptionKeys);
  const connection = { clientId, clientSecret, rootUrl: google.rootUrl, tokenUrl: google.tokenUrl };

  const read = async (calendar: ConfiguredCalendar): Promise<CalendarReading> => {
    const { id, name, account } = calendar;
    try {
      const grants = await openGrants(stored, account, account === 'work' ? workRefreshToken : refreshToken);
      if (!grants) return { calendar, seen: null, error: null };
      const api = new GoogleApi(connection, account, grants.store);
      const { timeZone, accessRole } = await api.call({ kind: 'read', what: `the ${name} calendar` }, (events) =>
        events.list({ calendarId: id, maxResults: 1 }),
      );
      const scopes = (await grants.load())?.scopes ?? [];
      return { calendar, seen: { api, timeZone: timeZone ?? '', accessRole: accessRole ?? '', scopes }, error: null };
    } catch (error) {
      if (!(error instanceof LockstepError) || error instanceof RetryableError) throw error;
      return { calendar, seen: null, error };
    }
  };

  const personal = await read({ name: 'personal', id: google.personalCalendarId, account: 'personal' });
  if (!google.workCalendarId) return [personal];
  const ownGrants = await database.query(
    sql`SELECT account FROM oauth_tokens WHERE provider = 'google' AND account = 'work'`,
  );
  const account = workRefreshToken || ownGrants.length > 0 ? 'work' : 'personal';
  return [personal, await read({ name: 'work', id: google.workCalendarId, account })];
}

interface Grants {
  readonly store: GrantStore;
  load(): Promise<Grant | null>;
}

/** The stored sign-in, or else that of the environment. A sync would store the latter; the doctor does not. */
async function openGrants(stored: TokenStore, account: Account, fromEnvironment?: string): Promise<Grants | null> {
  if (await stored.load(account)) return { store: stored, load: () => stored.load(account) };
  if (!fromEnvironment) return null;
  let grant: Grant = { refreshToken: fromEnvironment, accessToken: null, expiresAt: null, scopes: [] };
  const store: GrantStore = {
    renew: async (_, renew) => {
      const tokens = await renew(grant);
      if (tokens) grant = renewed(grant, tokens);
      return grant;
    },
  };
  return { store, load: async () => grant };
}
