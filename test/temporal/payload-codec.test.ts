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

describe('what Temporal is told', () => {
  test('comes back as it was, and is not to be seen meanwhile', async () => {
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

  test('stays as it is without a key, and what was told before there was one is still read', async () => {
    const plain = [payload({ a: 1 })];
    expect(await codec(undefined).encode(plain)).toEqual(plain);
    expect(await read(key, plain)).toEqual([{ a: 1 }]);
  });

  test('is read with an old key while keys are changed', async () => {
    const before = await codec(key).encode([payload('before')]);
    const after = await codec(`${other},${key}`).encode([payload('after')]);
    expect(await read(`${other},${key}`, before)).toEqual(['before']);
    expect(await read(other, after)).toEqual(['after']);
  });

  test.each([
    ['without a key', undefined, /^what Temporal holds is encrypted: set LOCKSTEP_TEMPORAL_ENCRYPTION_KEY [^\n]+$/],
    ['with another key', other, /^what Temporal holds was encrypted with another key: append [^\n]+$/],
  ])('%s it is one line', async (_, keys, line) => {
    await expect(read(keys, await codec(key).encode([payload('a')]))).rejects.toThrow(line);
  });

  test('is not read once it was changed', async () => {
    const [sealed] = await codec(key).encode([payload('a')]);
    const data = Buffer.from(sealed?.data ?? []);
    data[20] = (data[20] ?? 0) ^ 1;
    await expect(read(key, [{ ...sealed, data }])).rejects.toThrow(/^what Temporal holds was changed/);
    await expect(read(key, [{ ...sealed, data: data.subarray(0, 5) }])).rejects.toThrow(
      /^what Temporal holds was changed/,
    );
  });
});
