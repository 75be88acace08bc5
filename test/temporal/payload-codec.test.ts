import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataConverter } from '../../src/temporal/payload-codec.ts';

const [key, other] = [0, 1].map(() => randomBytes(32).toString('base64')) as [string, string];

function codec(keys: string | undefined) {
  const [found] = dataConverter(keys).payloadCodecs ?? [];
  if (!found) throw new Error('there is no codec');
  return found;
}
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
const valueIn = (one: Payload | undefined) => one && defaultPayloadConverter.fromPayload(one);
const read = async (keys: string | undefined, payloads: Payload[]) => (await codec(keys).decode(payloads)).map(valueIn);

describe('a payload', () => {
  test('is decoded unchanged, and is not readable in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
        const sealed = await codec(key).encode(values.map(payload));
        expect(await read(key, sealed)).toEqual(values.map((value) => valueIn(payload(value))));
        for (const { metadata } of sealed)
          expect(Object.keys(metadata ?? {})).toEqual(['encoding', 'encryption-key-id']);
      }),
    );
    const [sealed] = await codec(key).encode([payload('a quagga')]);
    expect(Buffer.from(sealed?.data ?? []).toString('latin1')).not.toContain('quagga');
  });

  test('stays plain without a key, and remains readable after a key is set', async () => {
    const plain = [payload({ a: 1 })];
    expect(await codec(undefined).encode(plain)).toEqual(plain);
    expect(await read(key, plain)).toEqual([{ a: 1 }]);
  });

  test('is decoded with an old key during a key rotation', async () => {
    const before = await codec(key).encode([payload('before')]);
    const after = await codec(`${other},${key}`).encode([payload('after')]);
    expect(await read(`${other},${key}`, before)).toEqual(['before']);
    expect(await read(other, after)).toEqual(['after']);
  });

  test.each([
    ['without a key', undefined, /^payloads in Temporal are encrypted: set LOCKSTEP_TEMPORAL_ENCRYPTION_KEY [^\n]+$/],
    ['with another key', other, /^payloads in Temporal are encrypted with another key: append [^\n]+$/],
  ])('%s is an error of one line', async (_, keys, line) => {
    await expect(read(keys, await codec(key).encode([payload('a')]))).rejects.toThrow(line);
  });

  test('is rejected after a change', async () => {
    const [sealed] = await codec(key).encode([payload('a')]);
    const data = Buffer.from(sealed?.data ?? []);
    data[20] = (data[20] ?? 0) ^ 1;
    await expect(read(key, [{ ...sealed, data }])).rejects.toThrow(/^a payload in Temporal was changed/);
    await expect(read(key, [{ ...sealed, data: data.subarray(0, 5) }])).rejects.toThrow(
      /^a payload in Temporal was changed/,
    );
  });
});
