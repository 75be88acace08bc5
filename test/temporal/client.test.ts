import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { temporalConnection } from '../../src/temporal/client.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-temporal-'));

/** The connection with these variables, and without a configuration file. */
function connectionWith(env: Record<string, string>) {
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ TEMPORAL_CONFIG_FILE: join(folder, 'none.toml'), ...env }))
    vi.stubEnv(name, value);
  return temporalConnection();
}

afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the connection to Temporal', () => {
  test('defaults to this machine', () => {
    expect(connectionWith({})).toMatchObject({ address: '127.0.0.1:7233', namespace: 'default' });
    expect(connectionWith({}).options.tls).toBeFalsy();
  });

  test('Temporal Cloud with an API key uses TLS and the key', () => {
    const cloud = connectionWith({
      TEMPORAL_ADDRESS: 'eu-west-1.aws.api.temporal.io:7233',
      TEMPORAL_NAMESPACE: 'lockstep.a1b2c',
      TEMPORAL_API_KEY: 'an api key',
    });
    expect(cloud).toMatchObject({ address: 'eu-west-1.aws.api.temporal.io:7233', namespace: 'lockstep.a1b2c' });
    expect(cloud.options).toMatchObject({ address: cloud.address, apiKey: 'an api key' });
    expect(cloud.options.tls).toBeTruthy();
  });

  test('Temporal Cloud with a client certificate uses TLS and the certificate', () => {
    const [cert, key] = [join(folder, 'client.pem'), join(folder, 'client.key')];
    writeFileSync(cert, 'the certificate');
    writeFileSync(key, 'its key');
    const { options } = connectionWith({
      TEMPORAL_ADDRESS: 'lockstep.a1b2c.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'lockstep.a1b2c',
      TEMPORAL_TLS_CLIENT_CERT_PATH: cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: key,
    });
    expect(options.tls).toMatchObject({
      clientCertPair: { crt: new TextEncoder().encode('the certificate'), key: new TextEncoder().encode('its key') },
    });
  });
});
