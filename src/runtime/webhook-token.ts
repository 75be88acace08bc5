import { asDatabaseErrors, type Database } from '../database/client.ts';
import { ConfigurationError } from '../errors.ts';
import { TokenCipher } from '../google/encryption.ts';
import { isSameSecret } from '../shared/secrets.ts';

const PLACE = { provider: 'notion', account: 'webhooks', column: 'refresh_token' } as const;
const { provider, account } = PLACE;

/** With which Notion signs what it sends; kept in `oauth_tokens`, encrypted. */
export class WebhookToken {
  readonly #database: Database;
  readonly #cipher: TokenCipher;

  /** @throws ConfigurationError without `LOCKSTEP_ENCRYPTION_KEY` */
  constructor(database: Database, keys: string | undefined) {
    if (keys === undefined) {
      throw new ConfigurationError(
        'LOCKSTEP_ENCRYPTION_KEY is not set: the verification token is only kept encrypted; make a key with: openssl rand -base64 32',
      );
    }
    this.#database = database;
    this.#cipher = new TokenCipher(keys);
  }

  /** @throws FinalError when it cannot be decrypted */
  async load(): Promise<string | null> {
    const where = { provider_account: { provider, account } };
    const row = await asDatabaseErrors(() => this.#database.oauthToken.findUnique({ where }));
    return row && this.#cipher.open(row.refresh_token, PLACE);
  }

  /** Keeps the first token that comes. @returns false when there is another one already */
  async keepFirst(token: string): Promise<boolean> {
    const kept = await asDatabaseErrors(
      () => this.#database.$executeRaw`
        INSERT INTO oauth_tokens (provider, account, refresh_token) VALUES (${provider}, ${account}, ${this.#cipher.seal(token, PLACE)})
        ON CONFLICT DO NOTHING`,
    );
    if (kept > 0) return true;
    const known = await this.load();
    return known !== null && isSameSecret(token, known);
  }

  async forget(): Promise<void> {
    await asDatabaseErrors(() => this.#database.oauthToken.deleteMany({ where: { provider, account } }));
  }
}
