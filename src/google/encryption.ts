import { FinalError } from '../errors.ts';
import { Keyring, UnknownKeyError } from '../shared/keyring.ts';

/** Where a text stands: sealed there, it opens nowhere else. */
export interface Place {
  readonly provider: string;
  readonly account: string;
  readonly column: string;
}

/** Seals texts: `v1.<key id>.<nonce, ciphertext and tag in base64url>`. */
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
    const { keyId, bytes } = this.#keyring.seal(Buffer.from(text, 'utf8'), bound(place));
    return `v1.${keyId}.${bytes.toString('base64url')}`;
  }

  /** @throws FinalError when it was sealed with a key that is not there, for another place, or changed since */
  open(sealed: string, place: Place): string {
    const [version, keyId = '', payload] = sealed.split('.');
    if (version !== 'v1' || !payload) throw damaged(place);
    const bytes = Buffer.from(payload, 'base64url');
    // Decoding passes over what is not base64url, so a changed text could decode the same.
    if (bytes.toString('base64url') !== payload) throw damaged(place);
    try {
      return this.#keyring.open({ keyId, bytes }, bound(place)).toString('utf8');
    } catch (error) {
      throw error instanceof UnknownKeyError ? otherKey(place) : damaged(place);
    }
  }
}

const bound = ({ provider, account, column }: Place): Buffer =>
  Buffer.from(JSON.stringify([provider, account, column]));

const otherKey = (place: Place): FinalError =>
  new FinalError(
    'encryption_key',
    `The ${place.account} account's tokens were encrypted with another key: append that key to LOCKSTEP_ENCRYPTION_KEY after a comma, or ${anew(place)}`,
  );

const damaged = (place: Place): FinalError =>
  new FinalError(
    'encryption_damaged',
    `The ${place.account} account's tokens in oauth_tokens were changed or belong elsewhere; ${anew(place)}`,
  );

const anew = ({ provider }: Place): string =>
  provider === 'notion' ? 'make the subscription anew, with: lockstep webhooks --reset' : 'run: lockstep auth google';
