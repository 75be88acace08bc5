import { describe, expect, test } from 'vitest';
import { readConfig, rowsOf } from '../../../src/config.ts';
import { listSettings } from '../../../src/interfaces/cli/settings.ts';
import type { Setting } from '../../../src/interfaces/dashboard/setup.ts';
import { variables } from '../../../src/variables.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const SECRET = 'the-secret-of-this-test-and-of-nobody-else';
/** In variables that are no secrets. */
const UNDECLARED = 'a-password-where-nobody-expects-one';

interface Given {
  readonly env?: Record<string, string>;
  readonly upEnv?: Record<string, string>;
  readonly envFile?: Record<string, string>;
}

const listed = ({ env = {}, upEnv = {}, envFile = {} }: Given = {}): Map<string, Setting> => {
  const sections = listSettings(readConfig(env), { env, upEnv, envFile });
  return new Map(sections.flatMap(({ settings }) => settings).map((setting) => [setting.env, setting]));
};

describe('the settings', () => {
  test('list every variable, with its description', () => {
    const found = listed();
    for (const row of Object.values(variables).flatMap(rowsOf)) {
      expect(found.get(row.env.replace('<ENTITY>', 'TASKS'))).toMatchObject({ description: row.description });
    }
  });

  test('say where a value comes from', () => {
    const env = { LOCKSTEP_EVERY: '30m', LOG_LEVEL: 'warn', TEMPORAL_TASK_QUEUE: 'mine', LOCKSTEP_HINTS: '' };
    const found = listed({ env, upEnv: { TEMPORAL_TASK_QUEUE: 'mine' }, envFile: { LOG_LEVEL: 'warn' } });
    expect(found.get('LOCKSTEP_EVERY')).toMatchObject({ value: '30m', origin: 'environment' });
    expect(found.get('LOG_LEVEL')).toMatchObject({ value: 'warn', origin: '.env' });
    expect(found.get('TEMPORAL_TASK_QUEUE')).toMatchObject({ value: 'mine', origin: 'lockstep up' });
    expect(found.get('LOCKSTEP_HINTS')).toMatchObject({ value: 'on', origin: 'default' });
    expect(found.get('LOCKSTEP_PARA_ROOT')).toMatchObject({ value: null, origin: null });
    expect(found.get('NOTION_TASKS_DATABASE_ID')).toMatchObject({ origin: 'definition' });
  });

  test('contain no secret, and no part of one', () => {
    const values: Record<string, string> = {
      DATABASE_URL: `postgresql://u:${SECRET}@127.0.0.1:5432/d`,
      LOCKSTEP_SMTP_URL: `smtps://u:${SECRET}@127.0.0.1`,
      LOCKSTEP_TEMPORAL_ENCRYPTION_KEY: KEY,
      LOCKSTEP_ENCRYPTION_KEY: KEY,
      TELEGRAM_BOT_TOKEN: `12345:${SECRET}`,
    };
    const rows = Object.values(variables).flatMap(rowsOf);
    const secretRows = rows.filter(({ secret }) => secret).map(({ env: name }) => name);
    const env = Object.fromEntries(
      secretRows.map((name) => [
        name,
        values[name] ?? (name.endsWith('_URL') ? `https://h.example/${SECRET}` : SECRET),
      ]),
    );
    // Where nobody expects one.
    const careless = {
      TEMPORAL_TLS_CLIENT_KEY_DATA: UNDECLARED,
      LOCKSTEP_AI_URL: `https://u:${UNDECLARED}@ai.example`,
      LOCKSTEP_AI_MODEL: `m-${SECRET}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:4318/?key=${UNDECLARED}`,
    };
    const found = listed({ env: { ...env, ...careless } });
    for (const name of secretRows) expect(found.get(name)).toMatchObject({ value: 'set (hidden)' });
    const text = JSON.stringify([...found.values()]);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(UNDECLARED);
    expect(text).not.toContain(KEY);
    expect(found.get('TEMPORAL_TLS_*')?.value).toBe('TEMPORAL_TLS_CLIENT_KEY_DATA: set (hidden)');
    expect(found.get('LOCKSTEP_AI_MODEL')?.value).toBe('m-[hidden]');
  });
});
