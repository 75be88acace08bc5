import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { ConfigurationError } from '../src/errors.ts';

describe('LOCKSTEP_PUBLIC_URL', () => {
  const publicUrl = (text: string) => readConfig({ LOCKSTEP_PUBLIC_URL: text }).publicUrl;

  test.each([
    ['https://lockstep.example', 'https://lockstep.example'],
    ['https://Lockstep.example:443/', 'https://lockstep.example'],
    ['https://lockstep.example:8443', 'https://lockstep.example:8443'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://localhost:8787/', 'http://localhost:8787'],
    ['http://[::1]:8787', 'http://[::1]:8787'],
  ])('%s is an origin', (text, origin) => {
    expect(publicUrl(text)).toBe(origin);
  });

  test.each([
    'lockstep.example',
    'http://lockstep.example',
    'http://127.0.0.1.lockstep.example',
    'ftp://127.0.0.1',
    'https://lockstep.example/google',
    'https://lockstep.example/?a=b',
    'https://lockstep.example/#a',
    'https://somebody:secret@lockstep.example',
  ])('%s is none', (text) => {
    expect(() => publicUrl(text)).toThrow(ConfigurationError);
    expect(() => publicUrl(text)).toThrow(/^LOCKSTEP_PUBLIC_URL is not an origin such as https:/);
  });

  test('may be left out', () => {
    expect(publicUrl('')).toBeUndefined();
  });
});
