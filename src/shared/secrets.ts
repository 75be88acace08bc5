import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a secret. It hides only a secret that is random and long. */
export const hashSecret = (secret: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(secret).digest());

/**
 * Compares two secrets in constant time, whatever their lengths.
 * @param expected the secret itself, or its `hashSecret`
 */
export const isSameSecret = (given: string, expected: string | Uint8Array): boolean =>
  timingSafeEqual(hashSecret(given), typeof expected === 'string' ? hashSecret(expected) : expected);
