import { FinalError } from '../errors.ts';
import { Keyring, UnknownKeyError } from '../shared/keyring.ts';

/** The place of a sealed text. A text sealed for one place cannot be opened in another. */
export interface Place {
  readonly provider: string;
  readonly account: string;
  readonly column: string;
}

/** Encrypts tokens as `v1.<key id>.<nonce, ciphertext and tag in base64url>`. */
export class TokenCipher {
  readonly #keyring: Keyring;

  /**
   * @param keys `LOCKSTEP_ENCRYPTION_KEY`
   * @throws ConfigurationError
   */
  constructor(keys: string) {
    this.#keyring = new Keyring(keys, 'LOCKSTEP_ENCRYPTION_KEY');
  }

  seal(text: string, place: Place): string {
    const { keyId, bytes } = this.#keyring.seal(Buffer.from(text, 'utf8'), toBytes(place));
    return `v1.${keyId}.${bytes.toString('base64url')}`;
  }

  /** @throws FinalError when the key is unknown, or the text was sealed for another place or changed since */
  open(sealed: string, place: Place): string {
    const [version, keyId = '', payload] = sealed.split('.');
    if (version !== 'v1' || !payload) throw damaged(place);
    const bytes = Buffer.from(payload, 'base64url');
    // Decoding ignores characters outside base64url, so a changed text could decode to the same bytes.
    if (bytes.toString('base64url') !== payload) throw damaged(place);
    try {
      return this.#keyring.open({ keyId, bytes }, toBytes(place)).toString('utf8');
    } catch (error) {
      throw error instanceof UnknownKeyError ? unknownKey(place) : damaged(place);
    }
  }
}

const toBytes = ({ provider, account, column }: Place): Buffer =>
  Buffer.from(JSON.stringify([provider, account, column]));

const unknownKey = (place: Place): FinalError =>
  new FinalError(
    'encryption_key',
    `The ${place.account} account's tokens were encrypted with another key: append that key to LOCKSTEP_ENCRYPTION_KEY after a comma, or ${newGrant(place)}`,
  );

const damaged = (place: Place): FinalError =>
  new FinalError(
    'encryption_damaged',
    `The ${place.account} account's tokens in oauth_tokens were changed or moved; ${newGrant(place)}`,
  );

const newGrant = ({ provider }: Place): string =>
  provider === 'notion'
    ? 'create a new subscription, after: lockstep webhooks --accept-token'
    : 'run: lockstep auth google';
