import type { GoogleEmulator } from 'google-emulator';
import { ME } from '../../packages/google-emulator/test/support.ts';
import {
  type Account,
  type Grant,
  type GrantStore,
  type RenewedTokens,
  renewed,
  SCOPES,
} from '../../src/google/grant.ts';
import type { GoogleConnection } from '../../src/google/oauth-client.ts';

export const connectionTo = (emulator: GoogleEmulator): GoogleConnection => ({
  clientId: emulator.clientId,
  clientSecret: emulator.clientSecret,
  rootUrl: emulator.url,
  tokenUrl: emulator.tokenUrl,
});

/** One grant in memory, renewed by one caller at a time. */
export class MemoryGrants implements GrantStore {
  grant: Grant;
  /** How often the lock was requested. */
  asked = 0;
  renewals = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(refreshToken: string) {
    this.grant = { refreshToken, accessToken: null, expiresAt: null, scopes: [] };
  }

  renew(_account: Account, renew: (grant: Grant) => Promise<RenewedTokens | null>): Promise<Grant> {
    this.asked += 1;
    const renewal = this.#last.then(async () => {
      const tokens = await renew(this.grant);
      if (!tokens) return this.grant;
      this.renewals += 1;
      this.grant = renewed(this.grant, tokens);
      return this.grant;
    });
    this.#last = renewal.catch(() => undefined);
    return renewal;
  }
}

export const signedIn = (emulator: GoogleEmulator, account: Account = 'personal', user = ME): MemoryGrants =>
  new MemoryGrants(emulator.handle.grant(user, [SCOPES[account]]));
