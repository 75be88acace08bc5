import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { ConfigurationError, LockstepError } from '../errors.ts';
import { HttpError, type HttpReply, type HttpRequest, HttpService, requireMethod } from '../shared/http-service.ts';
import { formatListenAddress, type ListenAddress } from '../shared/listen-address.ts';
import { isLoopback } from '../shared/loopback.ts';
import { ENCRYPTION_VARIABLE, EncryptionCodec } from './payload-codec.ts';

/** Temporal's own limit for a message is 4 MB; base64 and several payloads in one request come on top. */
const MAX_BODY_BYTES = 16_000_000;
/** How long a browser remembers that a page may ask. */
const PREFLIGHT_AGE_S = 3_600;

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));

/** Protobuf's JSON of `temporal.api.common.v1.Payloads`. */
const payloads = z.strictObject({
  payloads: z.array(z.strictObject({ metadata: z.record(z.string(), bytes).default({}), data: bytes.optional() })),
});

export interface CodecServerOptions {
  readonly address: ListenAddress;
  /** `LOCKSTEP_TEMPORAL_ENCRYPTION_KEY` */
  readonly keys: string | undefined;
  /** The origins of the Web UI: pages of other sites are refused. */
  readonly origins: readonly string[];
  readonly say: (line: string) => void;
}

/**
 * Decrypts and encrypts payloads for Temporal's Web UI and command, which cannot do it themselves.
 * @see https://docs.temporal.io/codec-server
 * @throws ConfigurationError without a key, or for an address that other machines reach: it decrypts without a password
 */
export async function startCodecServer({ address, keys, origins, say }: CodecServerOptions): Promise<HttpService> {
  if (keys === undefined) {
    throw new ConfigurationError(`${ENCRYPTION_VARIABLE} is not set: payloads in Temporal are not encrypted`);
  }
  if (!isLoopback(`http://${formatListenAddress(address)}`)) {
    throw new ConfigurationError(
      `the codec server decrypts without a password, so it listens on this machine only, not on ${address.host}`,
    );
  }
  const codec = new EncryptionCodec(keys);
  const allowed = new Set(origins.flatMap(withAliases));
  const service = new HttpService({
    id: 'codec-server',
    ...{ address, say, maxBodyBytes: MAX_BODY_BYTES },
    // Another site may point its own name at this machine (DNS rebinding).
    checkHost: (name = '') =>
      URL.canParse(`http://${name}`) && isLoopback(`http://${name}`) ? null : 'this name is not served: use 127.0.0.1',
    handle: (request) => answer(request, codec, allowed),
  });
  await service.run();
  return service;
}

/** The two names of this machine are different origins for a browser. */
function withAliases(text: string): string[] {
  const { origin } = new URL(text);
  if (!isLoopback(origin)) return [origin];
  return ['localhost', '127.0.0.1'].map((hostname) => Object.assign(new URL(origin), { hostname }).origin);
}

async function answer(request: HttpRequest, codec: PayloadCodec, allowed: ReadonlySet<string>): Promise<HttpReply> {
  const { method, url, headers } = request;
  const { origin } = headers;
  if (origin !== undefined && !allowed.has(origin)) {
    throw new HttpError(403, `pages of ${origin} are refused: start lockstep codec-server --origin ${origin}`);
  }
  // The command puts the namespace before it.
  const name = url.pathname.split('/').at(-1);
  const work = name === 'encode' || name === 'decode' ? name : null;
  if (!work) throw new HttpError(404, 'not found: the paths are /encode and /decode');
  const cors = origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' };
  if (method === 'OPTIONS') return { status: 204, headers: { ...cors, ...PREFLIGHT }, body: '' };
  requireMethod(method, 'POST');
  try {
    const given = parse(await request.readBody());
    const body = JSON.stringify({ payloads: (await codec[work](given)).map(toJson) });
    return { status: 200, headers: { ...cors, 'content-type': 'application/json' }, body };
  } catch (error) {
    // Without this header, the page cannot read why it is refused.
    if (error instanceof HttpError) throw new HttpError(error.status, error.message, cors);
    if (error instanceof LockstepError) throw new HttpError(400, error.message, cors);
    throw error;
  }
}

const PREFLIGHT = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type, x-namespace, authorization',
  'access-control-max-age': String(PREFLIGHT_AGE_S),
};

/** @throws HttpError (400) */
function parse(body: Buffer): Payload[] {
  const refused = new HttpError(400, 'the body is not the JSON of Payloads');
  try {
    const parsed = payloads.safeParse(JSON.parse(body.toString()));
    if (parsed.success) return parsed.data.payloads.map(({ metadata, data }) => ({ metadata, data: data ?? null }));
  } catch {
    throw refused;
  }
  throw refused;
}

const base64 = (content: Uint8Array): string => Buffer.from(content).toString('base64');

const toJson = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
  ...(data ? { data: base64(data) } : {}),
});
