import type { Config } from '../config.ts';
import type { Account } from './grant.ts';
import type { TokenStore } from './token-store.ts';

/** Imports the refresh tokens of the environment where no sign-in is stored. @returns what this account lacks, or null */
export async function missingSignIn({ google }: Config, grants: TokenStore, account: Account): Promise<string | null> {
  const { clientId, clientSecret, refreshToken, workRefreshToken } = google;
  if (!clientId || !clientSecret) {
    return 'no Google account: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, then run: lockstep auth google';
  }
  if (refreshToken) await grants.importIfMissing('personal', refreshToken);
  if (workRefreshToken) await grants.importIfMissing('work', workRefreshToken);
  if (await grants.load(account)) return null;
  return account === 'personal'
    ? 'no Google account is signed in: run lockstep auth google, or set GOOGLE_REFRESH_TOKEN'
    : 'the work account is not signed in: run lockstep auth google --account work, or set GOOGLE_WORK_REFRESH_TOKEN';
}
