import type { Logger, LogLevel } from '@temporalio/worker';
import pino, { type DestinationStream } from 'pino';
import type { Config } from '../config.ts';
import { temporalConnection } from '../temporal/client.ts';

/** No line of ours has any of these; what a library says of a request may. */
const SECRET = ['authorization', 'token', 'access_token', 'refresh_token', 'client_secret', 'password', 'apiKey'];
const DEEP = ['', '*.', '*.*.'];

/** Temporal's runtime logs with it, and so do activities: JSON lines, on standard error. */
export function createLogger(config: Config, destination: DestinationStream = pino.destination(2)): Logger {
  const secrets = secretsIn(config);
  const log = pino(
    {
      level: config.logLevel,
      serializers: { error: pino.stdSerializers.err },
      // The SDK's own: long, and with a task's token anybody could end it.
      formatters: { log: ({ taskToken: _, task: __, taskEncoded: ___, ...line }) => line },
      redact: DEEP.flatMap((depth) => SECRET.map((name) => `${depth}${name}`)),
      hooks: { streamWrite: (line) => secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), line) },
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

const HIDDEN = '[hidden]';
/** Shorter ones stand in words that have nothing to do with them. */
const SHORTEST_SECRET = 8;

/** What a variable of ours is called that holds one, and what addresses with a password or a secret path are. */
const HOLDS_SECRET = /(token|secret|keys?)$|^(url|smtpUrl|webhookUrl|heartbeatUrl)$/i;

/** As they would stand in a JSON line. */
const secretsIn = (config: Config): string[] =>
  [...secretsWithin(config), temporalConnection().options.apiKey ?? '']
    .filter((secret): secret is string => typeof secret === 'string' && secret.length >= SHORTEST_SECRET)
    .map((secret) => JSON.stringify(secret).slice(1, -1));

const secretsWithin = (config: object): string[] =>
  Object.entries(config).flatMap(([name, value]) => {
    if (typeof value === 'object' && value !== null) return secretsWithin(value);
    // Keys are given with commas between them, while they are changed.
    return typeof value === 'string' && HOLDS_SECRET.test(name) ? [value, ...value.split(',')] : [];
  });
