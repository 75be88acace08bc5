import { asDatabaseErrors, type Database, type Transaction } from '../database/client.ts';
import { FinalError } from '../errors.ts';
import { TokenCipher } from './encryption.ts';
import { signedOut } from './errors.ts';
import { type Account, type Grant, type GrantStore, type RenewedTokens, renewed } from './grant.ts';

const PROVIDER = 'google';
/** Longer than a renewal takes at most, so that waiting for another worker's ends well. */
const LOCK_TIMEOUT = '45s';
const TRANSACTION_MS = 90_000;

interface TokenRow {
  readonly refresh_token: string;
  readonly access_token: string | null;
  readonly expires_at: Date | null;
  readonly scopes: readonly string[];
}

/** The table `oauth_tokens`, its tokens encrypted. */
export class TokenStore implements GrantStore {
  readonly #database: Database;
  readonly #keys: string | undefined;

  /** @param keys `LOCKSTEP_ENCRYPTION_KEY`; missed only once a token is read or written */
  constructor(database: Database, keys: string | undefined) {
    this.#database = database;
    this.#keys = keys;
  }

  async load(account: Account): Promise<Grant | null> {
    const where = { provider_account: { provider: PROVIDER, account } };
    const row = await asDatabaseErrors(() => this.#database.oauthToken.findUnique({ where }));
    return row && this.#open(account, row);
  }

  /** Keeps a sign-in, in place of any earlier one. */
  async save(account: Account, grant: Grant): Promise<void> {
    await asDatabaseErrors(() => this.#upsert(this.#database, account, grant));
  }

  /** Takes in a refresh token from the environment, unless there is a grant. Says whether it did. */
  async importIfMissing(account: Account, refreshToken: string): Promise<boolean> {
    const sealed = this.#cipher().seal(refreshToken, place(account, 'refresh_token'));
    const inserted = await asDatabaseErrors(
      () => this.#database.$executeRaw`
        INSERT INTO oauth_tokens (provider, account, refresh_token) VALUES (${PROVIDER}, ${account}, ${sealed})
        ON CONFLICT DO NOTHING`,
    );
    return inserted > 0;
  }

  /** The row is locked meanwhile: two workers never renew at once, and the second finds what the first got. */
  async renew(account: Account, renew: (grant: Grant) => Promise<RenewedTokens | null>): Promise<Grant> {
    try {
      return await this.#renewLocked(account, renew);
    } catch (error) {
      // An access token that seems to have time left would hide from the other syncs that the sign-in is gone.
      if (error instanceof FinalError && error.code === 'google_signed_out') await this.#forgetAccessToken(account);
      throw error;
    }
  }

  async #forgetAccessToken(account: Account): Promise<void> {
    await asDatabaseErrors(() =>
      this.#database.oauthToken.updateMany({
        where: { provider: PROVIDER, account },
        data: { access_token: null, expires_at: null },
      }),
    );
  }

  #renewLocked(account: Account, renew: (grant: Grant) => Promise<RenewedTokens | null>): Promise<Grant> {
    return asDatabaseErrors(() =>
      this.#database.$transaction(
        async (tx) => {
          await tx.$queryRaw`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;
          const [row] = await tx.$queryRaw<TokenRow[]>`
            SELECT refresh_token, access_token, expires_at, scopes FROM oauth_tokens
            WHERE provider = ${PROVIDER} AND account = ${account} FOR UPDATE`;
          if (!row) throw signedOut(account);
          const grant = this.#open(account, row);
          const tokens = await renew(grant);
          if (!tokens) return grant;
          const next = renewed(grant, tokens);
          await this.#upsert(tx, account, next);
          return next;
        },
        { timeout: TRANSACTION_MS, maxWait: TRANSACTION_MS },
      ),
    );
  }

  async #upsert(database: Database | Transaction, account: Account, grant: Grant): Promise<void> {
    const cipher = this.#cipher();
    const row = {
      refresh_token: cipher.seal(grant.refreshToken, place(account, 'refresh_token')),
      access_token: grant.accessToken && cipher.seal(grant.accessToken, place(account, 'access_token')),
      expires_at: grant.expiresAt,
      scopes: [...grant.scopes],
      updated_at: new Date(),
    };
    await database.oauthToken.upsert({
      where: { provider_account: { provider: PROVIDER, account } },
      create: { provider: PROVIDER, account, ...row },
      update: row,
    });
  }

  #open(account: Account, row: TokenRow): Grant {
    const cipher = this.#cipher();
    return {
      refreshToken: cipher.open(row.refresh_token, place(account, 'refresh_token')),
      accessToken: row.access_token && cipher.open(row.access_token, place(account, 'access_token')),
      expiresAt: row.expires_at,
      scopes: row.scopes,
    };
  }

  #cipher(): TokenCipher {
    if (this.#keys) return new TokenCipher(this.#keys);
    throw new FinalError(
      'encryption_key_missing',
      'Google tokens are only kept encrypted: set LOCKSTEP_ENCRYPTION_KEY, made with: openssl rand -base64 32',
    );
  }
}

const place = (account: Account, column: string) => ({ provider: PROVIDER, account, column });
