import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ConfigurationError } from '../errors.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface Key {
  readonly id: string;
  readonly secret: Buffer;
}

/** Encrypted bytes, and the id of their key. */
export interface Sealed {
  readonly keyId: string;
  /** Nonce, ciphertext and tag. */
  readonly bytes: Buffer;
}

/** The key that encrypted the bytes is not in the keyring. */
export class UnknownKeyError extends Error {}

/** The bytes were changed, or were bound to another context. */
export class DamagedError extends Error {}

/** Encrypts with AES-256-GCM. The first key encrypts, every key decrypts, so that keys can be rotated. */
export class Keyring {
  readonly #keys: readonly [Key, ...Key[]];

  /**
   * @param keys 32 bytes in base64, or several with commas between
   * @param variable where they come from, for the message
   * @throws ConfigurationError
   */
  constructor(keys: string, variable: string) {
    const [first, ...others] = keys.split(',').map((text) => parseKey(text, variable));
    if (!first) throw wrongKey(variable);
    this.#keys = [first, ...others];
  }

  /** @param bound context needed for decryption, such as the place where the bytes are stored */
  seal(content: Uint8Array, bound: Uint8Array = NOTHING): Sealed {
    const [key] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key.secret, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
    return {
      keyId: key.id,
      bytes: Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]),
    };
  }

  /** @throws UnknownKeyError, DamagedError */
  open({ keyId, bytes }: Sealed, bound: Uint8Array = NOTHING): Buffer {
    const key = this.#keys.find(({ id }) => id === keyId);
    if (!key) throw new UnknownKeyError();
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new DamagedError();
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key.secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(bound).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new DamagedError();
    }
  }
}

const NOTHING = new Uint8Array();

function parseKey(text: string, variable: string): Key {
  const secret = Buffer.from(text.trim(), 'base64');
  if (secret.length !== KEY_BYTES || !/^[\w+/-]+=?$/.test(text.trim())) throw wrongKey(variable);
  const id = createHash('sha256').update('lockstep key id').update(secret).digest('hex').slice(0, 8);
  return { id, secret };
}

const wrongKey = (variable: string): ConfigurationError =>
  new ConfigurationError(`${variable} must be 32 bytes in base64; make one with: openssl rand -base64 32`);
