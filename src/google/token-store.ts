import { type Database, sql, transaction } from '../database/client.ts';
import { FinalError } from '../errors.ts';
import { TokenCipher } from './encryption.ts';
import { signedOut } from './google-errors.ts';
import { type Account, type Grant, type GrantStore, type RenewedTokens, renewed } from './grant.ts';

const PROVIDER = 'google';
/** Longer than the longest renewal, so that waiting for another worker's renewal succeeds. */
const LOCK_TIMEOUT = '45s';

interface TokenRow {
  readonly refresh_token: string;
  readonly access_token: string | null;
  readonly expires_at: Date | null;
  readonly scopes: readonly string[];
}

/** The table `oauth_tokens`. Its tokens are encrypted. */
export class TokenStore implements GrantStore {
  readonly #database: Database;
  readonly #keys: string | undefined;

  /** @param keys `LOCKSTEP_ENCRYPTION_KEY`; required only when a token is read or written */
  constructor(database: Database, keys: string | undefined) {
    this.#database = database;
    this.#keys = keys;
  }

  async load(account: Account): Promise<Grant | null> {
    const [row] = await this.#database.query<TokenRow>(sql`
      SELECT refresh_token, access_token, expires_at, scopes FROM oauth_tokens
       WHERE provider = ${PROVIDER} AND account = ${account}`);
    return row ? this.#open(account, row) : null;
  }

  /** Stores a sign-in, replacing an earlier one. */
  async save(account: Account, grant: Grant): Promise<void> {
    await this.#upsert(this.#database, account, grant);
  }

  /** Imports a refresh token from the environment, unless there is a grant. @returns whether it did */
  async importIfMissing(account: Account, refreshToken: string): Promise<boolean> {
    const sealed = this.#cipher().seal(refreshToken, place(account, 'refresh_token'));
    const inserted = await this.#database.execute(sql`
        INSERT INTO oauth_tokens (provider, account, refresh_token) VALUES (${PROVIDER}, ${account}, ${sealed})
        ON CONFLICT DO NOTHING`);
    return inserted > 0;
  }

  /** Locks the row, so that two workers never renew at once and the second uses the tokens of the first. */
  async renew(account: Account, renew: (grant: Grant) => Promise<RenewedTokens | null>): Promise<Grant> {
    try {
      return await this.#renewLocked(account, renew);
    } catch (error) {
      // A stored access token that has not expired would hide from other syncs that the sign-in was revoked.
      if (error instanceof FinalError && error.code === 'google_signed_out') await this.#forgetAccessToken(account);
      throw error;
    }
  }

  async #forgetAccessToken(account: Account): Promise<void> {
    await this.#database.execute(sql`
      UPDATE oauth_tokens SET access_token = NULL, expires_at = NULL WHERE provider = ${PROVIDER} AND account = ${account}`);
  }

  #renewLocked(account: Account, renew: (grant: Grant) => Promise<RenewedTokens | null>): Promise<Grant> {
    return transaction(this.#database, { as: 'user', lockTimeout: LOCK_TIMEOUT }, async (tx) => {
      const [row] = await tx.query<TokenRow>(sql`
        SELECT refresh_token, access_token, expires_at, scopes FROM oauth_tokens
         WHERE provider = ${PROVIDER} AND account = ${account} FOR UPDATE`);
      if (!row) throw signedOut(account);
      const grant = this.#open(account, row);
      const tokens = await renew(grant);
      if (!tokens) return grant;
      const next = renewed(grant, tokens);
      await this.#upsert(tx, account, next);
      return next;
    });
  }

  async #upsert(database: Database, account: Account, grant: Grant): Promise<void> {
    const cipher = this.#cipher();
    const refreshToken = cipher.seal(grant.refreshToken, place(account, 'refresh_token'));
    const accessToken = grant.accessToken && cipher.seal(grant.accessToken, place(account, 'access_token'));
    await database.execute(sql`
      INSERT INTO oauth_tokens (provider, account, refresh_token, access_token, expires_at, scopes, updated_at)
      VALUES (${PROVIDER}, ${account}, ${refreshToken}, ${accessToken}, ${grant.expiresAt}, ${[...grant.scopes]}::text[], ${new Date()})
      ON CONFLICT (provider, account) DO UPDATE SET refresh_token = excluded.refresh_token, access_token = excluded.access_token,
        expires_at = excluded.expires_at, scopes = excluded.scopes, updated_at = excluded.updated_at`);
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
      'Google tokens are stored encrypted only: set LOCKSTEP_ENCRYPTION_KEY; make a key with: openssl rand -base64 32',
    );
  }
}

const place = (account: Account, column: string) => ({ provider: PROVIDER, account, column });
