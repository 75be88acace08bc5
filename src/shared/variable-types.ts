import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { parseListenAddress } from './listen-address.ts';
import { isLoopback } from './loopback.ts';
import { parseNotionId } from './notion-id.ts';

/** An error message is what follows the name of the variable: "is not an http(s) URL". */
export const text = z.string();

export const notionId = z.string().transform((value, context) => {
  const id = parseNotionId(value);
  if (id) return id;
  context.addIssue({ code: 'custom', message: 'is neither a Notion database id, its URL, nor a data source id' });
  return z.NEVER;
});

export const httpUrl = z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' });
/** Without `/` at its end. */
export const origin = httpUrl.transform((url) => url.replace(/\/+$/, ''));
export const originWithSlash = origin.transform((url) => `${url}/`);

/** Google sends notifications to https only; http is accepted for a server on this machine. */
export const publicOrigin = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isReachable = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.href));
  if (url && isReachable && url.href === `${url.origin}/`) return url.origin;
  context.addIssue({ code: 'custom', message: 'is not an origin such as https://lockstep.example, without a path' });
  return z.NEVER;
});

/** libpq's URLs, as far as the driver understands them. */
export const postgresUrl = z.string().transform((value, context) => {
  const [, scheme, login = '', host = '', rest = ''] = POSTGRES_URL.exec(value) ?? [];
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (scheme === undefined) return refuse('is not a postgresql:// URL');
  const hosts = new URLSearchParams(rest.split('?')[1]).get('host') ?? host;
  if (hosts.includes(',')) return refuse('names several hosts, of which only one can be used: name the primary');
  if (host !== '' || login === '') return URL.canParse(value) ? value : refuse('is not a postgresql:// URL');
  // A socket folder: a URL with a user needs a host, so user and password become parameters.
  const [user = '', password] = login.slice(0, -1).split(':');
  const secret = password === undefined ? '' : `&password=${password}`;
  return `${scheme}${rest}${rest.includes('?') ? '&' : '?'}user=${user}${secret}`;
});
const POSTGRES_URL = /^(postgres(?:ql)?:\/\/)([^@/?]*@)?([^/?]*)(.*)$/;
export const smtpUrl = z.url({ protocol: /^smtps?$/, error: 'is not a URL such as smtps://user:password@host' });

export const emailAddress = z.email('is not an e-mail address');
export const emailAddresses = z
  .string()
  .transform((value) => value.split(',').map((address) => address.trim()))
  .pipe(z.array(z.email('is not an e-mail address, or several separated by commas')));

/** 32 bytes in base64: 43 digits and padding. Several, separated by commas, during a key rotation. */
export const encryptionKeys = z
  .string()
  .regex(/^[\w+/-]{43}=?(,[\w+/-]{43}=?)*$/, 'is not 32 bytes in base64; create one with: openssl rand -base64 32');

export const secretToken = z
  .string()
  .min(16, { error: 'has fewer than 16 characters; create one with: openssl rand -hex 32' });

/** Temporal's core binds to IP addresses only. */
export const listenAddress = z.string().transform((value, context) => {
  const address = parseListenAddress(value);
  if (address) return address;
  context.addIssue({ code: 'custom', message: 'is not an IP address and a port such as 127.0.0.1:9464' });
  return z.NEVER;
});

export const deploymentName = z
  .string()
  .regex(/^(?!__)[^.\s]+$/, { error: 'is not a name without dots and spaces, such as lockstep' });

export const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number()
    .int()
    .min(min)
    .max(max, { error: `must be a whole number from ${min} to ${max}` });

/** `30s`, `10m` or `1h`, in milliseconds. */
export const interval = z
  .string()
  .refine((value) => parseDuration(value) !== null, { error: 'is not a time such as 30s, 10m or 1h', abort: true })
  .transform((value) => parseDuration(value) ?? 0)
  .refine((ms) => ms >= 30_000 && ms <= 86_400_000, { error: 'must be from 30s to 24h' });

export const timeZone = z.string().refine((zone) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}, 'is not an IANA time zone such as Europe/Madrid');

export const machineTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const language = z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'is not a language such as en-US');

export const onOrOff = z.enum(['on', 'off'], { error: 'must be on or off' }).transform((value) => value === 'on');

/** The Google account to use for a feature, or none. */
export const offOrAccount = z.enum(['off', 'personal', 'work'], { error: 'must be off, personal or work' });

export const conflictRule = z.enum(['row', 'field'], { error: 'must be row or field' });

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const logLevel = z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` });

/** A collector that accepts OTLP over HTTP accepts both; Lockstep sends JSON. */
export const otlpProtocol = z.enum(['http/json', 'http/protobuf'], {
  error: 'must be http/json (traces go to the collector over HTTP, by default at port 4318)',
});

export const botToken = z.string().regex(/^\d+:[\w-]+$/, 'is not a token from @BotFather');

export const telegramUserIds = z
  .string()
  .regex(/^\d+(\s*,\s*\d+)*$/, 'is not a user id such as 123456789, or several separated by commas')
  .transform((value) => value.split(',').map(Number));
