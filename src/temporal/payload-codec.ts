import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { FinalError } from '../errors.ts';
import { Keyring, UnknownKeyError } from '../shared/keyring.ts';

export const ENCRYPTION_VARIABLE = 'LOCKSTEP_TEMPORAL_ENCRYPTION_KEY';
const ENCODING = 'encoding';
/** As in Temporal's samples, so that a codec server based on them can decode payloads. */
const ENCRYPTED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

/** Loaded by the workflow bundle and by Temporal's client, which requires CommonJS. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('failure-converter.cjs', import.meta.url));

/**
 * Encrypts payloads and failure messages if there are keys. Payloads written without a key remain readable.
 * @param keys `LOCKSTEP_TEMPORAL_ENCRYPTION_KEY`
 * @throws ConfigurationError
 */
export const dataConverter = (keys: string | undefined): DataConverter => ({
  payloadCodecs: [new EncryptionCodec(keys)],
  ...(keys === undefined ? {} : { failureConverterPath: FAILURE_CONVERTER }),
});

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** Without keys it encrypts nothing, and rejects encrypted payloads. */
export class EncryptionCodec implements PayloadCodec {
  readonly #keyring: Keyring | null;

  constructor(keys: string | undefined) {
    this.#keyring = keys === undefined ? null : new Keyring(keys, ENCRYPTION_VARIABLE);
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const keyring = this.#keyring;
    return keyring ? payloads.map((payload) => encrypt(keyring, payload)) : payloads;
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? decrypt(this.#keyring, payload) : payload));
  }
}

const isEncrypted = ({ metadata }: Payload): boolean => text(metadata?.[ENCODING]) === ENCRYPTED;

function encrypt(keyring: Keyring, payload: Payload): Payload {
  const { keyId, bytes } = keyring.seal(PayloadMessage.encode(payload).finish());
  return { metadata: { [ENCODING]: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(keyId) }, data: bytes };
}

/** @throws FinalError */
function decrypt(keyring: Keyring | null, { metadata, data }: Payload): Payload {
  if (!keyring) {
    throw new FinalError(
      'payload_key_missing',
      `payloads in Temporal are encrypted: set ${ENCRYPTION_VARIABLE} to the key that the other workers and commands use`,
    );
  }
  try {
    const bytes = keyring.open({ keyId: text(metadata?.[KEY_ID]), bytes: Buffer.from(data ?? []) });
    return PayloadMessage.decode(bytes);
  } catch (error) {
    if (error instanceof UnknownKeyError) {
      throw new FinalError(
        'payload_key',
        `payloads in Temporal are encrypted with another key: append that key to ${ENCRYPTION_VARIABLE}, after a comma`,
      );
    }
    throw new FinalError('payload_damaged', 'a payload in Temporal was changed after it was encrypted');
  }
}

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');
