import { type Database, sql } from '../database/client.ts';
import { ConfigurationError } from '../errors.ts';
import { TokenCipher } from '../google/encryption.ts';
import { isSameSecret } from '../shared/secrets.ts';

const PLACE = { provider: 'notion', account: 'webhooks', column: 'refresh_token' } as const;
const { provider, account } = PLACE;

/** The token that signs Notion's webhook requests. Stored encrypted in `oauth_tokens`. */
export class WebhookToken {
  readonly #database: Database;
  readonly #cipher: TokenCipher;

  /** @throws ConfigurationError without `LOCKSTEP_ENCRYPTION_KEY` */
  constructor(database: Database, keys: string | undefined) {
    if (keys === undefined) {
      throw new ConfigurationError(
        'LOCKSTEP_ENCRYPTION_KEY is not set: it encrypts the verification token; create a key with: openssl rand -base64 32',
      );
    }
    this.#database = database;
    this.#cipher = new TokenCipher(keys);
  }

  /** @throws FinalError when the token cannot be decrypted */
  async load(): Promise<string | null> {
    const [row] = await this.#database.query<{ refresh_token: string }>(
      sql`SELECT refresh_token FROM oauth_tokens WHERE provider = ${provider} AND account = ${account}`,
    );
    return row ? this.#cipher.open(row.refresh_token, PLACE) : null;
  }

  /** Saves the first token received. @returns false when a different one is saved already */
  async keepFirst(token: string): Promise<boolean> {
    const kept = await this.#database.execute(sql`
        INSERT INTO oauth_tokens (provider, account, refresh_token) VALUES (${provider}, ${account}, ${this.#cipher.seal(token, PLACE)})
        ON CONFLICT DO NOTHING`);
    if (kept > 0) return true;
    const known = await this.load();
    return known !== null && isSameSecret(token, known);
  }

  async forget(): Promise<void> {
    await this.#database.execute(sql`DELETE FROM oauth_tokens WHERE provider = ${provider} AND account = ${account}`);
  }
}
