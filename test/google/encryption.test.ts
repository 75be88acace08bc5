import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, FinalError } from '../../src/errors.ts';
import { TokenCipher } from '../../src/google/encryption.ts';

const newKey = () => randomBytes(32).toString('base64');
const [key, otherKey] = [newKey(), newKey()];
const place = { provider: 'google', account: 'personal', column: 'refresh_token' };

describe('sealing', () => {
  test('opens any text again and never shows it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const cipher = new TokenCipher(key);
        const sealed = cipher.seal(text, place);
        expect(cipher.open(sealed, place)).toBe(text);
        if (text.length > 8) expect(sealed).not.toContain(text);
      }),
    );
  });

  test('seals the same text differently each time', () => {
    const cipher = new TokenCipher(key);
    expect(cipher.seal('token', place)).not.toBe(cipher.seal('token', place));
  });

  test('detects any change', () => {
    const cipher = new TokenCipher(key);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.constantFrom(...alphabet), (text, at, character) => {
        const sealed = cipher.seal(text, place);
        const index = at % sealed.length;
        const changed = sealed.slice(0, index) + character + sealed.slice(index + 1);
        fc.pre(changed !== sealed);
        expect(() => cipher.open(changed, place)).toThrow(FinalError);
        expect(() => cipher.open(sealed.slice(0, index), place)).toThrow(FinalError);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    { ...place, account: 'work' },
    { ...place, provider: 'other' },
    { ...place, column: 'access_token' },
  ])('does not open at %o', (elsewhere) => {
    const cipher = new TokenCipher(key);
    expect(() => cipher.open(cipher.seal('token', place), elsewhere)).toThrow(FinalError);
  });
});

describe('keys', () => {
  test('seals with the first key and opens with the others', () => {
    const sealed = new TokenCipher(key).seal('token', place);
    const rotated = new TokenCipher(`${otherKey}, ${key}`);
    expect(rotated.open(sealed, place)).toBe('token');
    expect(new TokenCipher(otherKey).open(rotated.seal('token', place), place)).toBe('token');
  });

  test('an unknown key is reported in one line that says what to do', () => {
    const sealed = new TokenCipher(key).seal('token', place);
    const open = () => new TokenCipher(otherKey).open(sealed, place);
    expect(open).toThrow(FinalError);
    expect(open).toThrow(
      /^The personal account's tokens were encrypted with another key: .*LOCKSTEP_ENCRYPTION_KEY.*$/,
    );
  });

  test.each([
    '',
    'short',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    `${key},`,
    `${key};`,
  ])('"%s" is refused as a key, and not repeated in the message', (keys) => {
    const parse = () => new TokenCipher(keys);
    expect(parse).toThrow(ConfigurationError);
    expect(parse).toThrow(
      /^LOCKSTEP_ENCRYPTION_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32$/,
    );
  });
});
