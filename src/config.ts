import { isIP } from 'node:net';
import { z } from 'zod';
import { entities } from './entities/index.ts';
import { ConfigurationError } from './errors.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export const isLoopback = (url: string): boolean => LOOPBACK.test(new URL(url).hostname);

/** What a variable is called for one entity, e.g. `NOTION_SYSTEM_FIXES_DATABASE_ID`. */
export const databaseIdVariable = (entity: string): string => `NOTION_${entity.toUpperCase()}_DATABASE_ID`;

const UUID_AT_THE_END = /([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})(?=$|[?#&/])/i;

/** The dashed id inside a bare id or a Notion URL, or null. */
export function parseNotionId(text: string): string | null {
  const hex = UUID_AT_THE_END.exec(text.trim())?.[1]?.replaceAll('-', '').toLowerCase();
  return hex
    ? `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    : null;
}

const notionId = z.string().transform((text, context) => {
  const id = parseNotionId(text);
  if (id) return id;
  context.addIssue({ code: 'custom', message: 'is neither a Notion database id, its URL, nor a data source id' });
  return z.NEVER;
});
const origin = z
  .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''));
const httpUrl = z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' });
const emailAddresses = z
  .string()
  .transform((text) => text.split(',').map((address) => address.trim()))
  .pipe(z.array(z.email('is not an e-mail address, or several with commas between them')));
const originWithSlash = origin.transform((url) => `${url}/`);
/** Google posts to nothing but https; http is for servers on this machine. */
const publicOrigin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isReached = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.href));
  if (url && isReached && url.href === `${url.origin}/`) return url.origin;
  context.addIssue({ code: 'custom', message: 'is not an origin such as https://lockstep.example, without a path' });
  return z.NEVER;
});
/** 32 bytes in base64, 43 digits and a filler; several, separated by commas, while keys are changed. */
const encryptionKeys = z
  .string()
  .regex(/^[\w+/-]{43}=?(,[\w+/-]{43}=?)*$/, 'is not 32 bytes in base64; make one with: openssl rand -base64 32');
/** Temporal's core binds to IP addresses only. */
const listenAddress = z.string().transform((text, context): ListenAddress => {
  const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? (name === 'localhost' ? '127.0.0.1' : name) ?? '';
  if (isIP(host) > 0 && Number(port) > 0 && Number(port) < 65_536) return { host, port: Number(port) };
  context.addIssue({ code: 'custom', message: 'is not an IP address and a port such as 127.0.0.1:9464' });
  return z.NEVER;
});
const deploymentName = z
  .string()
  .regex(/^(?!__)[^.\s]+$/, { error: 'is not a name without dots and spaces, such as lockstep' });
const wholeNumber = (least: number, most: number) =>
  z.coerce
    .number()
    .int()
    .min(least)
    .max(most, { error: `must be a whole number from ${least} to ${most}` });
const timeZone = z.string().refine((zone) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}, 'is not an IANA time zone such as Europe/Madrid');

/** Which Google account something is done with, if at all. */
const offOrAccount = z.enum(['off', 'personal', 'work'], { error: 'must be off, personal or work' }).default('off');

/** A collector that takes OTLP over HTTP takes either of the two; ours are JSON. */
const otlpProtocol = z.enum(['http/json', 'http/protobuf'], {
  error: 'must be http/json (traces go to the collector over HTTP, by default at port 4318)',
});

const botToken = z.string().regex(/^\d+:[\w-]+$/, 'is not a token such as @BotFather gives');
const userIds = z
  .string()
  .regex(/^\d+(\s*,\s*\d+)*$/, 'is not a user id such as 123456789, or several with commas between them')
  .transform((text) => text.split(',').map(Number));
const secret = z.string().min(16, { error: 'has fewer than 16 characters; make one with: openssl rand -hex 32' });

const machineTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const schema = z.object({
  NOTION_TOKEN: z.string().optional(),
  NOTION_BASE_URL: origin.default('https://api.notion.com'),
  NOTION_REQUESTS_PER_MINUTE: wholeNumber(1, 100_000).default(180),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'is not a postgresql:// URL' }).optional(),
  DATABASE_POOL_SIZE: wholeNumber(2, 1_000).default(10),
  TEMPORAL_TASK_QUEUE: z.string().default('lockstep'),
  TEMPORAL_CLI_PATH: z.string().optional(),
  TEMPORAL_DEPLOYMENT_NAME: deploymentName.optional(),
  TEMPORAL_WORKER_BUILD_ID: z.string().optional(),
  LOCKSTEP_TEMPORAL_ENCRYPTION_KEY: encryptionKeys.optional(),
  LOCKSTEP_METRICS_ADDRESS: listenAddress.optional(),
  LOCKSTEP_HEALTH_ADDRESS: listenAddress.optional(),
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: otlpProtocol.optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: otlpProtocol.optional(),
  LOCKSTEP_SWEEP_MINUTES: wholeNumber(1, 100_000).default(60),
  LOCKSTEP_TIME_ZONE: timeZone.default(machineTimeZone),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  LOCKSTEP_PARA_ROOT: z.string().optional(),
  LOCKSTEP_ENCRYPTION_KEY: encryptionKeys.optional(),
  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  GOOGLE_ROOT_URL: originWithSlash.default('https://www.googleapis.com/'),
  GOOGLE_TOKEN_URL: z
    .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
    .default('https://oauth2.googleapis.com/token'),
  GOOGLE_REFRESH_TOKEN: z.string().optional(),
  GOOGLE_WORK_REFRESH_TOKEN: z.string().optional(),
  GOOGLE_PERSONAL_CALENDAR_ID: z.string().default('primary'),
  GOOGLE_WORK_CALENDAR_ID: z.string().optional(),
  LOCKSTEP_CONTACTS: offOrAccount,
  LOCKSTEP_GMAIL_LABELS: offOrAccount,
  TMDB_API_KEY: z.string().optional(),
  TMDB_BASE_URL: origin.default('https://api.themoviedb.org'),
  TMDB_LANGUAGE: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'is not a language such as en-US')
    .default('en-US'),
  RAWG_API_KEY: z.string().optional(),
  RAWG_BASE_URL: origin.default('https://api.rawg.io'),
  LOCKSTEP_HINTS: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  LOCKSTEP_PUBLIC_URL: publicOrigin.optional(),
  LOCKSTEP_DASHBOARD_TOKEN: secret.optional(),
  LOCKSTEP_MCP_TOKEN: secret.optional(),
  TELEGRAM_BOT_TOKEN: botToken.optional(),
  TELEGRAM_API_ROOT: origin.default('https://api.telegram.org'),
  LOCKSTEP_TELEGRAM_USERS: userIds.optional(),
  LOCKSTEP_TEMPORAL_UI_URL: origin.optional(),
  LOCKSTEP_ALERT_AFTER_MINUTES: wholeNumber(15, 100_000).default(45),
  LOCKSTEP_ALERT_WEBHOOK_URL: httpUrl.optional(),
  LOCKSTEP_ALERT_EMAIL_TO: emailAddresses.optional(),
  LOCKSTEP_ALERT_EMAIL_FROM: z.email('is not an e-mail address').optional(),
  LOCKSTEP_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'is not a URL such as smtps://user:password@host' })
    .optional(),
  LOCKSTEP_HEARTBEAT_URL: httpUrl.optional(),
  LOCKSTEP_KEEP_HISTORY_DAYS: wholeNumber(1, 100_000).default(90),
  LOCKSTEP_KEEP_CONFLICTS_DAYS: wholeNumber(1, 100_000).default(365),
  LOCKSTEP_CONTEXT_ROOT: z.string().optional(),
  LOCKSTEP_NOTES_ROOT: z.string().optional(),
  LOCKSTEP_ARCHIVE_AFTER_DAYS: wholeNumber(0, 100_000).default(0),
  LOCKSTEP_AI_URL: httpUrl.optional(),
  LOCKSTEP_AI_KEY: z.string().optional(),
  LOCKSTEP_AI_MODEL: z.string().optional(),
  LOCKSTEP_CONFLICTS: z.enum(['row', 'field'], { error: 'must be row or field' }).default('row'),
  ...Object.fromEntries(entities.map((entity) => [databaseIdVariable(entity.name), notionId.optional()])),
});

export interface Config {
  readonly notion: {
    readonly token: string | undefined;
    readonly baseUrl: string;
    readonly requestsPerMinute: number;
    /** Database or data source id by entity name. */
    readonly ids: Readonly<Record<string, string>>;
  };
  readonly database: { readonly url: string | undefined; readonly poolSize: number };
  readonly temporal: {
    readonly taskQueue: string;
    readonly cliPath: string | undefined;
    /** Where its Web UI is, for links to it. */
    readonly webUi: string | undefined;
    /** The first encrypts what Temporal is told, all decrypt. */
    readonly encryptionKeys: string | undefined;
    /** Which version of the workers this one is, where cycles are to stay with the version that began them. */
    readonly deployment: { readonly deploymentName: string; readonly buildId: string } | undefined;
  };
  /** Where a worker's metrics and its health are asked for. */
  readonly metricsAddress: ListenAddress | undefined;
  readonly healthAddress: ListenAddress | undefined;
  /** Whether there is a collector of traces; its exporter reads for itself where. */
  readonly traces: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly sweepMinutes: number;
  readonly timeZone: string;
  readonly conflicts: 'row' | 'field';
  /** Whether workers listen for edits in SQL. */
  readonly hints: boolean;
  /** The origin at which Google reaches the server of `lockstep webhooks`. */
  readonly publicUrl: string | undefined;
  /** Who knows it sees the dashboard; without one, it is shown on this machine alone. */
  readonly dashboardToken: string | undefined;
  readonly telegram: {
    readonly token: string | undefined;
    readonly apiRoot: string;
    /** Who is answered, by their ids. */
    readonly users: readonly number[] | undefined;
  };
  /** What clients of the MCP server show over HTTP. */
  readonly mcpToken: string | undefined;
  readonly google: {
    readonly clientId: string | undefined;
    readonly clientSecret: string | undefined;
    /** An origin with `/` at its end. */
    readonly rootUrl: string;
    readonly tokenUrl: string;
    /** Taken into `oauth_tokens` where none is there. */
    readonly refreshToken: string | undefined;
    readonly workRefreshToken: string | undefined;
    readonly personalCalendarId: string;
    readonly workCalendarId: string | undefined;
    /** Whose contacts people are filled in from. */
    readonly contacts: OffOrAccount;
    /** Whose mailbox has a label for each Work project. */
    readonly gmailLabels: OffOrAccount;
  };
  readonly tmdb: {
    /** A key, or a read access token. */
    readonly apiKey: string | undefined;
    readonly baseUrl: string;
    readonly language: string;
  };
  readonly rawg: { readonly apiKey: string | undefined; readonly baseUrl: string };
  /** The first encrypts, all decrypt. */
  readonly encryptionKeys: string | undefined;
  /** The folder that holds Areas and Resources. */
  readonly paraRoot: string | undefined;
  readonly alerts: {
    /** How long an entity is stale before somebody is told, in minutes. */
    readonly afterMinutes: number;
    readonly webhookUrl: string | undefined;
    readonly email: EmailRoute | undefined;
    /** Asked for whenever all is fresh, so that its silence is an alert of its own. */
    readonly heartbeatUrl: string | undefined;
  };
  /** The folder that gets a file for each project and area. */
  readonly contextRoot: string | undefined;
  /** The folder whose subfolders get the projects' notes. */
  readonly notesRoot: string | undefined;
  /** After how many days what is done or achieved is archived; 0: never. */
  readonly archiveAfterDays: number;
  /** Who is asked for ideas in session notes; nobody where not given. */
  readonly ai: AiService | undefined;
  /** For how many days what happened is kept. */
  readonly keepDays: { readonly history: number; readonly conflicts: number };
}

/** Anything that speaks as OpenAI's chat completions do. */
export interface AiService {
  /** What comes before `/chat/completions`, without `/` at its end. */
  readonly url: string;
  readonly key: string | undefined;
  readonly model: string;
}

export type OffOrAccount = z.output<typeof offOrAccount>;

export interface ListenAddress {
  /** An IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The SMTP URL holds a password. */
export interface EmailRoute {
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Reads the environment once. An empty variable counts as unset.
 * @throws ConfigurationError naming the first wrong variable; the CLI exits 78.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigurationError(`${String(issue?.path[0])} ${issue?.message}`);
  }
  const values = parsed.data;
  const overrides = new Map(Object.entries(values));
  return {
    notion: {
      token: values.NOTION_TOKEN,
      baseUrl: values.NOTION_BASE_URL,
      requestsPerMinute: values.NOTION_REQUESTS_PER_MINUTE,
      ids: Object.fromEntries(
        entities.map((entity) => [
          entity.name,
          String(overrides.get(databaseIdVariable(entity.name)) ?? entity.databaseId),
        ]),
      ),
    },
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    temporal: {
      taskQueue: values.TEMPORAL_TASK_QUEUE,
      cliPath: values.TEMPORAL_CLI_PATH,
      webUi: values.LOCKSTEP_TEMPORAL_UI_URL,
      encryptionKeys: values.LOCKSTEP_TEMPORAL_ENCRYPTION_KEY,
      deployment: deployment(values),
    },
    metricsAddress: values.LOCKSTEP_METRICS_ADDRESS,
    healthAddress: values.LOCKSTEP_HEALTH_ADDRESS,
    traces: hasCollector(values),
    logLevel: values.LOG_LEVEL,
    sweepMinutes: values.LOCKSTEP_SWEEP_MINUTES,
    timeZone: values.LOCKSTEP_TIME_ZONE,
    conflicts: values.LOCKSTEP_CONFLICTS,
    hints: values.LOCKSTEP_HINTS === 'on',
    publicUrl: values.LOCKSTEP_PUBLIC_URL,
    dashboardToken: values.LOCKSTEP_DASHBOARD_TOKEN,
    telegram: {
      token: values.TELEGRAM_BOT_TOKEN,
      apiRoot: values.TELEGRAM_API_ROOT,
      users: values.LOCKSTEP_TELEGRAM_USERS,
    },
    mcpToken: values.LOCKSTEP_MCP_TOKEN,
    google: {
      clientId: values.GOOGLE_CLIENT_ID,
      clientSecret: values.GOOGLE_CLIENT_SECRET,
      rootUrl: values.GOOGLE_ROOT_URL,
      tokenUrl: values.GOOGLE_TOKEN_URL,
      refreshToken: values.GOOGLE_REFRESH_TOKEN,
      workRefreshToken: values.GOOGLE_WORK_REFRESH_TOKEN,
      personalCalendarId: values.GOOGLE_PERSONAL_CALENDAR_ID,
      workCalendarId: values.GOOGLE_WORK_CALENDAR_ID,
      contacts: values.LOCKSTEP_CONTACTS,
      gmailLabels: values.LOCKSTEP_GMAIL_LABELS,
    },
    tmdb: { apiKey: values.TMDB_API_KEY, baseUrl: values.TMDB_BASE_URL, language: values.TMDB_LANGUAGE },
    rawg: { apiKey: values.RAWG_API_KEY, baseUrl: values.RAWG_BASE_URL },
    encryptionKeys: values.LOCKSTEP_ENCRYPTION_KEY,
    paraRoot: values.LOCKSTEP_PARA_ROOT,
    alerts: {
      afterMinutes: values.LOCKSTEP_ALERT_AFTER_MINUTES,
      webhookUrl: values.LOCKSTEP_ALERT_WEBHOOK_URL,
      email: emailRoute(values),
      heartbeatUrl: values.LOCKSTEP_HEARTBEAT_URL,
    },
    contextRoot: values.LOCKSTEP_CONTEXT_ROOT,
    notesRoot: values.LOCKSTEP_NOTES_ROOT,
    archiveAfterDays: values.LOCKSTEP_ARCHIVE_AFTER_DAYS,
    ai: aiService(values),
    keepDays: { history: values.LOCKSTEP_KEEP_HISTORY_DAYS, conflicts: values.LOCKSTEP_KEEP_CONFLICTS_DAYS },
  };
}

function deployment({
  TEMPORAL_DEPLOYMENT_NAME: deploymentName,
  TEMPORAL_WORKER_BUILD_ID: buildId,
}: z.output<typeof schema>): Config['temporal']['deployment'] {
  if (deploymentName && buildId) return { deploymentName, buildId };
  if (!deploymentName && !buildId) return undefined;
  throw new ConfigurationError(
    deploymentName
      ? 'TEMPORAL_WORKER_BUILD_ID is not set: TEMPORAL_DEPLOYMENT_NAME needs it'
      : 'TEMPORAL_DEPLOYMENT_NAME is not set: TEMPORAL_WORKER_BUILD_ID needs it',
  );
}

const hasCollector = (values: z.output<typeof schema>): boolean =>
  values.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' &&
  Boolean(values.OTEL_EXPORTER_OTLP_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);

type EmailValues = Pick<
  z.output<typeof schema>,
  'LOCKSTEP_SMTP_URL' | 'LOCKSTEP_ALERT_EMAIL_TO' | 'LOCKSTEP_ALERT_EMAIL_FROM'
>;

function emailRoute(values: EmailValues): EmailRoute | undefined {
  const { LOCKSTEP_SMTP_URL: smtpUrl, LOCKSTEP_ALERT_EMAIL_TO: to } = values;
  if (!to) return undefined;
  if (!smtpUrl) throw new ConfigurationError('LOCKSTEP_SMTP_URL is not set: LOCKSTEP_ALERT_EMAIL_TO needs it');
  const from = values.LOCKSTEP_ALERT_EMAIL_FROM ?? to[0] ?? '';
  return { smtpUrl, from, to };
}

function aiService(
  values: Pick<z.output<typeof schema>, 'LOCKSTEP_AI_URL' | 'LOCKSTEP_AI_KEY' | 'LOCKSTEP_AI_MODEL'>,
): AiService | undefined {
  const { LOCKSTEP_AI_URL: url, LOCKSTEP_AI_KEY: key, LOCKSTEP_AI_MODEL: model } = values;
  if (!url) return undefined;
  if (!model) throw new ConfigurationError('LOCKSTEP_AI_MODEL is not set: LOCKSTEP_AI_URL needs it');
  return { url: url.replace(/\/+$/, ''), key, model };
}
