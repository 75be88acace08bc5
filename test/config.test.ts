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

describe('a worker that is watched', () => {
  test.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['localhost:9464', { host: '127.0.0.1', port: 9464 }],
    ['0.0.0.0:1', { host: '0.0.0.0', port: 1 }],
    ['[::1]:9464', { host: '::1', port: 9464 }],
  ])('%s is an address', (text, address) => {
    const { metricsAddress, healthAddress } = readConfig({
      LOCKSTEP_METRICS_ADDRESS: text,
      LOCKSTEP_HEALTH_ADDRESS: text,
    });
    expect([metricsAddress, healthAddress]).toEqual([address, address]);
  });

  test.each([
    '9464',
    ':9464',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    'host.example:9464',
    '::1:9464',
    'http://127.0.0.1:9464',
  ])('%s is none', (text) => {
    expect(() => readConfig({ LOCKSTEP_METRICS_ADDRESS: text })).toThrow(
      /^LOCKSTEP_METRICS_ADDRESS is not an IP address and a port such as 127\.0\.0\.1:9464$/,
    );
  });

  test('traces go where OpenTelemetry says, by HTTP alone', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4318';
    expect(readConfig({}).traces).toBe(false);
    expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT }).traces).toBe(true);
    expect(readConfig({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c.example/v1/traces' }).traces).toBe(true);
    expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' }).traces).toBe(false);
    expect(() => readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toThrow(
      /^OTEL_EXPORTER_OTLP_PROTOCOL must be http\/json/,
    );
  });

  test('has a version with both of its names, or none', () => {
    const TEMPORAL_DEPLOYMENT_NAME = 'lockstep';
    const TEMPORAL_WORKER_BUILD_ID = '0.1.0';
    expect(readConfig({}).temporal.deployment).toBeUndefined();
    expect(readConfig({ TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID }).temporal.deployment).toEqual({
      deploymentName: 'lockstep',
      buildId: '0.1.0',
    });
    expect(() => readConfig({ TEMPORAL_DEPLOYMENT_NAME })).toThrow(/^TEMPORAL_WORKER_BUILD_ID is not set/);
    expect(() => readConfig({ TEMPORAL_WORKER_BUILD_ID })).toThrow(/^TEMPORAL_DEPLOYMENT_NAME is not set/);
    expect(() => readConfig({ TEMPORAL_DEPLOYMENT_NAME: 'a.b', TEMPORAL_WORKER_BUILD_ID })).toThrow(/without dots/);
  });

  test('the bot answers the users that are listed, and no others', () => {
    expect(readConfig({ LOCKSTEP_TELEGRAM_USERS: '12, 345' }).telegram.users).toEqual([12, 345]);
    expect(readConfig({}).telegram).toEqual({
      token: undefined,
      apiRoot: 'https://api.telegram.org',
      users: undefined,
    });
    expect(() => readConfig({ LOCKSTEP_TELEGRAM_USERS: '@ana' })).toThrow(/^LOCKSTEP_TELEGRAM_USERS is not a user id/);
    expect(() => readConfig({ TELEGRAM_BOT_TOKEN: 'secret words' })).toThrow(
      /^TELEGRAM_BOT_TOKEN is not a token such as/,
    );
    expect(() => readConfig({ LOCKSTEP_MCP_TOKEN: 'short' })).toThrow(
      /^LOCKSTEP_MCP_TOKEN has fewer than 16 characters/,
    );
  });
});
