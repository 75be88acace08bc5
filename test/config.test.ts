import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readConfig, rowsOf } from '../src/config.ts';
import { entities } from '../src/entities/index.ts';
import { ConfigurationError } from '../src/errors.ts';
import { variables } from '../src/variables.ts';

describe('the table of variables', () => {
  const rows = Object.values(variables).flatMap(rowsOf);

  test('has each variable once', () => {
    const names = rows.map(({ env }) => env);
    expect(names).toEqual([...new Set(names)]);
  });

  test.each(rows.map((row) => [row.env, row] as const))('%s has a description whose links resolve', (_, row) => {
    expect(row.description).toMatch(/^.{5,}[^.]$/);
    for (const [, file, anchor] of row.description.matchAll(/\]\((?!https:)([^#)]*)#([^)]+)\)/g)) {
      expect(anchorsIn(`docs/${file || 'guide.md'}`)).toContain(anchor);
    }
  });

  test('gives the configuration, defaults included', () => {
    const config = readConfig({ LOCKSTEP_HINTS: 'off', TMDB_API_KEY: 'a key', DATABASE_POOL_SIZE: '3' });
    expect(config).toMatchObject({
      hints: false,
      tmdb: { apiKey: 'a key', language: 'en-US' },
      database: { url: undefined, poolSize: 3 },
      sweepMinutes: 60,
      telegram: { token: undefined },
    });
    expect(config.temporal).not.toHaveProperty('apiKey');
  });

  test('an empty variable counts as unset', () => {
    expect(readConfig({ NOTION_REQUESTS_PER_MINUTE: '' }).notion.requestsPerMinute).toBe(180);
  });

  test('an entity has the database id of its file, unless its variable is set', () => {
    const id = '2f865bc2-0000-4000-8000-000000000001';
    const link = `https://www.notion.so/you/Tasks-${id.replaceAll('-', '')}?v=1`;
    const { ids } = readConfig({ NOTION_SYSTEM_FIXES_DATABASE_ID: link }).notion;
    const defaults = Object.fromEntries(entities.map(({ name, databaseId }) => [name, databaseId]));
    expect(ids).toEqual({ ...defaults, system_fixes: id });
    expect(() => readConfig({ NOTION_TASKS_DATABASE_ID: 'tasks' })).toThrow(
      /^NOTION_TASKS_DATABASE_ID is neither a Notion database id/,
    );
  });

  test('marks the secrets, wherever they are read', () => {
    const env = { NOTION_TOKEN: 'ntn_secret', TEMPORAL_API_KEY: 'temporal_secret', LOCKSTEP_AI_KEY: 'ai_secret' };
    expect(readConfig({ ...env, LOCKSTEP_PARA_ROOT: '/home/me' }).secrets).toEqual(Object.values(env));
  });
});

/** As GitHub makes them of headings. */
const anchorsIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

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
  ])('%s is refused', (text) => {
    expect(() => publicUrl(text)).toThrow(ConfigurationError);
    expect(() => publicUrl(text)).toThrow(/^LOCKSTEP_PUBLIC_URL is not an origin such as https:/);
  });

  test('is optional', () => {
    expect(publicUrl('')).toBeUndefined();
  });
});

describe('observability', () => {
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
  ])('%s is refused', (text) => {
    expect(() => readConfig({ LOCKSTEP_METRICS_ADDRESS: text })).toThrow(
      /^LOCKSTEP_METRICS_ADDRESS is not an IP address and a port such as 127\.0\.0\.1:9464$/,
    );
  });

  test('traces go to the OpenTelemetry collector, over HTTP only', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4318';
    expect(readConfig({}).traces).toBe(false);
    expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT }).traces).toBe(true);
    expect(readConfig({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c.example/v1/traces' }).traces).toBe(true);
    expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' }).traces).toBe(false);
    expect(() => readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toThrow(
      /^OTEL_EXPORTER_OTLP_PROTOCOL must be http\/json/,
    );
  });
});

describe('variables that belong together', () => {
  test('a worker version needs a deployment name and a build id', () => {
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

  test('the bot answers the listed users only', () => {
    expect(readConfig({ LOCKSTEP_TELEGRAM_USERS: '12, 345' }).telegram.users).toEqual([12, 345]);
    expect(readConfig({}).telegram).toEqual({
      token: undefined,
      apiRoot: 'https://api.telegram.org',
      users: undefined,
    });
    expect(() => readConfig({ LOCKSTEP_TELEGRAM_USERS: '@ana' })).toThrow(/^LOCKSTEP_TELEGRAM_USERS is not a user id/);
    expect(() => readConfig({ TELEGRAM_BOT_TOKEN: 'secret words' })).toThrow(
      /^TELEGRAM_BOT_TOKEN is not a token from @BotFather/,
    );
    expect(() => readConfig({ LOCKSTEP_MCP_TOKEN: 'short' })).toThrow(
      /^LOCKSTEP_MCP_TOKEN has fewer than 16 characters/,
    );
  });
});
