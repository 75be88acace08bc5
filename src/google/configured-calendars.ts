import type { Config } from '../config.ts';
import { missingSignIn } from './accounts.ts';
import type { Account } from './grant.ts';
import type { TokenStore } from './token-store.ts';

/** A calendar that is synced. */
export interface ConfiguredCalendar {
  readonly name: 'personal' | 'work';
  /** `primary`, or an address. */
  readonly id: string;
  /** The account that reads it. */
  readonly account: Account;
}

/**
 * The configured calendars, or the reason why there are none. Without a work sign-in, the personal account reads
 * the work calendar too. Imports the refresh tokens of the environment where no sign-in is stored.
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
