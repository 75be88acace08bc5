import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { type Config, databaseIdVariable, rowsOf } from '../../config.ts';
import { entities } from '../../definition/index.ts';
import { hideSecrets } from '../../observability/log.ts';
import { variables } from '../../variables.ts';
import type { Setting, SettingSection } from '../dashboard/setup.ts';

/** Shown instead of the value of a secret. */
const SECRET_IS_SET = 'set (hidden)';

type Row = ReturnType<typeof rowsOf>[number];

export interface SettingsOrigins {
  readonly env: NodeJS.ProcessEnv;
  /** What `lockstep up` has set. */
  readonly upEnv: Readonly<Record<string, string>>;
  /** The content of `.env`. */
  readonly envFile: Readonly<Record<string, string>>;
}

/** Where the values of this process came from. @param upEnv what `lockstep up` has set */
export const readOrigins = (upEnv: Readonly<Record<string, string>>): SettingsOrigins => ({
  ...{ env: process.env, upEnv },
  envFile: existsSync('.env') ? parse(readFileSync('.env')) : {},
});

/** Every variable with its value, or where it is a secret, that it is set. */
export function listSettings(
  { secrets, notion }: Pick<Config, 'secrets' | 'notion'>,
  origins: SettingsOrigins,
): readonly SettingSection[] {
  const hide = hideSecrets(secrets);
  const settingsOf = (row: Row): readonly Setting[] => {
    const { description } = row;
    if ('entityType' in row) {
      return entities().map(({ name }) => {
        const env = databaseIdVariable(name);
        const origin = originOf(env, origins) ?? 'definition';
        return { env, description, value: hide(notion.ids[name] ?? ''), origin };
      });
    }
    if (row.env.endsWith('*')) return [familyOf(row, origins)];
    const value = settingValue(row, origins);
    if (value === null) return [{ env: row.env, description, value: null, origin: null }];
    const shown = row.secret ? SECRET_IS_SET : hide(withoutLogin(value));
    return [{ env: row.env, description, value: shown, origin: originOf(row.env, origins) ?? 'default' }];
  };
  return Object.entries(variables).map(([section, part]) => ({ section, settings: rowsOf(part).flatMap(settingsOf) }));
}

function settingValue(row: Exclude<Row, { entityType: unknown }>, { env }: SettingsOrigins): string | null {
  const fallback = typeof row.default === 'function' ? row.default() : row.default;
  return env[row.env] || (fallback ?? null);
}

/** Null where the variable is not set. An empty variable counts as unset. */
function originOf(name: string, { env, upEnv, envFile }: SettingsOrigins): string | null {
  const value = env[name];
  if (!value) return null;
  if (upEnv[name] === value) return 'lockstep up';
  return envFile[name] === value ? '.env' : 'environment';
}

/** Variables whose names begin alike: which are set. Their values may be keys. */
function familyOf({ env: pattern, description }: Row, { env }: SettingsOrigins): Setting {
  const set = Object.keys(env).filter((name) => name.startsWith(pattern.slice(0, -1)) && env[name]);
  const isSet = set.length > 0;
  const value = isSet ? `${set.sort().join(', ')}: ${SECRET_IS_SET}` : null;
  return { env: pattern, description, value, origin: isSet ? 'environment' : null };
}

/** A URL may contain a password or a token, even where none is expected. */
function withoutLogin(value: string): string {
  if (!/^\w+:\/\//.test(value) || !URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.username === '' && url.password === '' && url.search === '') return value;
  return `${url.protocol}//${url.host}${url.pathname} (login and query hidden)`;
}
