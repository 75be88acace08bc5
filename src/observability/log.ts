import type { Logger, LogLevel } from '@temporalio/worker';
import pino, { type DestinationStream } from 'pino';
import type { Config } from '../config.ts';

/** Lockstep logs none of these, but a library may log a request or an error that has them. */
const SECRET_FIELDS = [
  'authorization',
  'token',
  'access_token',
  'refresh_token',
  'client_secret',
  'password',
  'apiKey',
];
const DEPTHS = ['', '*.', '*.*.'];
const HIDDEN = '[hidden]';
/** A shorter secret could be part of an ordinary word. */
const MIN_SECRET_LENGTH = 8;

/**
 * Writes JSON lines to standard error, for Temporal's runtime and for activities. The values of secret variables
 * are hidden wherever they occur in a line.
 */
export function createLogger(
  { logLevel, secrets }: Pick<Config, 'logLevel' | 'secrets'>,
  destination: DestinationStream = pino.destination(2),
): Logger {
  hideFromLogs(secrets);
  const log = pino(
    {
      level: logLevel,
      serializers: { error: pino.stdSerializers.err },
      // Added by the SDK: long, and anybody can complete an activity with its task token.
      formatters: { log: ({ taskToken: _, task: __, taskEncoded: ___, ...line }) => line },
      redact: DEPTHS.flatMap((depth) => SECRET_FIELDS.map((name) => `${depth}${name}`)),
      hooks: { streamWrite: hideKnownSecrets },
    },
    destination,
  );
  const at =
    (level: Lowercase<LogLevel>) =>
    (message: string, meta: object = {}): void =>
      log[level](meta, message);
  return {
    log: (level, message, meta) => at(level.toLowerCase() as Lowercase<LogLevel>)(message, meta),
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

/** The secrets of all workspaces of this process. */
const hiddenInLogs = new Set<string>();

/** Hides the values of secret variables in all logs, for the life of the process. */
export function hideFromLogs(secrets: readonly string[]): void {
  for (const text of textsOf(secrets)) hiddenInLogs.add(text);
}

/** Hides what `hideFromLogs` was given. */
export const hideKnownSecrets = (text: string): string => hideTexts(text, hiddenInLogs);

/**
 * Hides the secrets in a text, as they are and as they occur in a JSON line. Encryption keys are separated by commas;
 * each is a secret of its own. So is the password in a URL.
 */
export function hideSecrets(secrets: readonly string[]): (text: string) => string {
  const hidden = new Set(textsOf(secrets));
  return (text) => hideTexts(text, hidden);
}

const textsOf = (secrets: readonly string[]): readonly string[] =>
  secrets
    .flatMap((secret) => [secret, ...secret.split(','), ...passwordsIn(secret)])
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);

const hideTexts = (text: string, hidden: ReadonlySet<string>): string =>
  [...hidden].reduce((line, secret) => line.replaceAll(secret, HIDDEN), text);

/**
 * The password of a URL, as it is written there and decoded. One that is the name of the user or of the database hides
 * nothing, and the name is in many lines.
 */
function passwordsIn(secret: string): readonly string[] {
  if (!URL.canParse(secret)) return [];
  const { username, password, pathname } = new URL(secret);
  if (password === '' || [username, pathname.slice(1)].includes(password)) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
