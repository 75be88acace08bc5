import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ConfigurationError, FinalError } from '../errors.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where a text stands: sealed there, it opens nowhere else. */
export interface Place {
  readonly provider: string;
  readonly account: string;
  readonly column: string;
}

interface Key {
  readonly id: string;
  readonly secret: Buffer;
}

/**
 * Seals texts with AES-256-GCM: `v1.<key id>.<nonce, ciphertext and tag in base64url>`.
 * The first key seals, each of them opens, so that keys can be changed.
 */
export class TokenCipher {
  readonly #keys: readonly [Key, ...Key[]];

  /**
   * @param keys `LOCKSTEP_ENCRYPTION_KEY`: 32 bytes in base64, or several with commas between
   * @throws ConfigurationError
   */
  constructor(keys: string) {
    const [first, ...others] = keys.split(',').map(parseKey);
    if (!first) throw wrongKey();
    this.#keys = [first, ...others];
  }

  seal(text: string, place: Place): string {
    const [key] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key.secret, nonce, { authTagLength: TAG_BYTES }).setAAD(bound(place));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `v1.${key.id}.${sealed.toString('base64url')}`;
  }

  /** @throws FinalError when it was sealed with a key that is not there, for another place, or changed since */
  open(sealed: string, place: Place): string {
    const [version, keyId, payload] = sealed.split('.');
    if (version !== 'v1' || !payload) throw damaged(place);
    const key = this.#keys.find(({ id }) => id === keyId);
    if (!key) {
      throw new FinalError(
        'encryption_key',
        `The ${place.account} account's tokens were encrypted with another key: append that key to LOCKSTEP_ENCRYPTION_KEY after a comma, or ${anew(place)}`,
      );
    }
    const bytes = Buffer.from(payload, 'base64url');
    // Decoding passes over what is not base64url, so a changed text could decode the same.
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== payload) throw damaged(place);
    const decipher = createDecipheriv(ALGORITHM, key.secret, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(bound(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      throw damaged(place);
    }
  }
}

function parseKey(text: string): Key {
  const secret = Buffer.from(text.trim(), 'base64');
  if (secret.length !== KEY_BYTES || !/^[\w+/-]+=?$/.test(text.trim())) throw wrongKey();
  const id = createHash('sha256').update('lockstep key id').update(secret).digest('hex').slice(0, 8);
  return { id, secret };
}

const bound = ({ provider, account, column }: Place): Buffer =>
  Buffer.from(JSON.stringify([provider, account, column]));

const wrongKey = (): ConfigurationError =>
  new ConfigurationError('LOCKSTEP_ENCRYPTION_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32');

const damaged = (place: Place): FinalError =>
  new FinalError(
    'encryption_damaged',
    `The ${place.account} account's tokens in oauth_tokens were changed or belong elsewhere; ${anew(place)}`,
  );

const anew = ({ provider }: Place): string =>
  provider === 'notion' ? 'make the subscription anew, with: lockstep webhooks --reset' : 'run: lockstep auth google';
