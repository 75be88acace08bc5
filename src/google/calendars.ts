import type { Config } from '../config.ts';
import { missingSignIn } from './accounts.ts';
import type { Account } from './grant.ts';
import type { TokenStore } from './token-store.ts';

/** A calendar that is synced. */
export interface ConfiguredCalendar {
  readonly name: 'personal' | 'work';
  /** `primary`, or an address. */
  readonly id: string;
  /** Who may see it. */
  readonly account: Account;
}

/**
 * The calendars that are set and may be seen, or what is missing. Without a second sign-in the first account reads
 * the work calendar too; what the environment has for sign-ins is taken in where there is none.
 */
export async function configuredCalendars(
  config: Config,
  grants: TokenStore,
): Promise<readonly ConfiguredCalendar[] | { readonly skipped: string }> {
  const { personalCalendarId, workCalendarId } = config.google;
  const skipped = await missingSignIn(config, grants, 'personal');
  if (skipped !== null) return { skipped };
  const personal: ConfiguredCalendar = { name: 'personal', id: personalCalendarId, account: 'personal' };
  if (!workCalendarId) return [personal];
  const account = (await grants.load('work')) ? 'work' : 'personal';
  return [personal, { name: 'work', id: workCalendarId, account }];
}
