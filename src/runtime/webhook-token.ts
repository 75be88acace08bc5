import { type Database, sql } from '../database/client.ts';
import { ConfigurationError } from '../errors.ts';
import { TokenCipher } from '../google/encryption.ts';
import { isSameSecret } from '../shared/secrets.ts';

const PLACE = { provider: 'notion', account: 'webhooks', column: 'refresh_token' } as const;
const { provider, account } = PLACE;
/** How long a new token is accepted. */
const WINDOW = '15 minutes';
/** Until it arrives. */
const NO_TOKEN = '';
/** After so long without an event, webhooks may no longer arrive. */
const SILENCE = '1 day';
/** How often events are noted. */
const NOTE_EVERY = '1 hour';

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
      sql`SELECT refresh_token FROM oauth_tokens WHERE provider = ${provider} AND account = ${account} AND refresh_token <> ${NO_TOKEN}`,
    );
    return row ? this.#cipher.open(row.refresh_token, PLACE) : null;
  }

  /** Deletes the token, and accepts a new one for 15 minutes. Anybody can send one, so that the owner says when. */
  async acceptNew(): Promise<void> {
    await this.#database.execute(sql`
        INSERT INTO oauth_tokens (provider, account, refresh_token, expires_at)
        VALUES (${provider}, ${account}, ${NO_TOKEN}, now() + ${WINDOW}::interval)
        ON CONFLICT (provider, account) DO UPDATE
           SET refresh_token = excluded.refresh_token, expires_at = excluded.expires_at, updated_at = now()`);
  }

  /** Saves the first token received since `acceptNew`. @returns false when it is not accepted, and not the saved one */
  async keepFirst(token: string): Promise<boolean> {
    const kept = await this.#database.execute(sql`
        UPDATE oauth_tokens SET refresh_token = ${this.#cipher.seal(token, PLACE)}, expires_at = NULL, updated_at = now()
         WHERE provider = ${provider} AND account = ${account} AND refresh_token = ${NO_TOKEN} AND expires_at > now()`);
    if (kept > 0) return true;
    const known = await this.load();
    return known !== null && isSameSecret(token, known);
  }

  /** Notes that Notion has just sent an event signed with the token. */
  async heard(): Promise<void> {
    await this.#database.execute(sql`
        UPDATE oauth_tokens SET updated_at = now()
         WHERE provider = ${provider} AND account = ${account} AND updated_at < now() - ${NOTE_EVERY}::interval`);
  }
}

/** Whether Notion reports edits: it sent a token or an event within a day. Needs no encryption key. */
export async function receivesWebhooks(database: Database): Promise<boolean> {
  const found = await database.query(sql`
    SELECT FROM oauth_tokens WHERE provider = ${provider} AND account = ${account} AND refresh_token <> ${NO_TOKEN}
       AND updated_at > now() - ${SILENCE}::interval`);
  return found.length > 0;
}
