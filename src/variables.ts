import type { z } from 'zod';
import * as types from './shared/variable-types.ts';

interface Documentation {
  /** Markdown, one line, for the guide and `.env.example`. */
  readonly description: string;
  /** Its value is hidden in logs. */
  readonly secret?: true;
  /** For `.env.example`, where there is no default. */
  readonly example?: string;
  /** What the guide shows as the default, where that is not a value. */
  readonly defaultText?: string;
}

/** A variable that `readConfig` validates; its place in the table is its place in `Config`. */
export interface Variable<Value = unknown> extends Documentation {
  readonly env: string;
  readonly type: z.ZodType<Value>;
  /** As it would stand in the environment. */
  readonly default?: string | (() => string);
}

/** One variable for each entity; `Config` has the values that are set, by entity name. */
export interface EntityVariable<Value = unknown> extends Documentation {
  /** With `<ENTITY>` in it. */
  readonly env: string;
  readonly entityType: z.ZodType<Value>;
}

/** A variable that a library reads; documented here, and not part of `Config`. */
export interface LibraryVariable extends Documentation {
  readonly env: string;
  readonly readBy: 'Temporal';
  readonly default?: string;
}

type Options<Fields extends keyof Variable = never> = Documentation & Required<Pick<Variable, Fields>>;

function variable<Value>(env: string, type: z.ZodType<Value>, options: Options<'default'>): Variable<Value>;
function variable<Value>(env: string, type: z.ZodType<Value>, options: Options): Variable<Value | undefined>;
function variable<Value>(env: string, type: z.ZodType<Value>, options: Options): Variable<Value | undefined> {
  return { env, type, ...options };
}

const readByTemporal = (env: string, options: Documentation & { readonly default?: string }): LibraryVariable => ({
  env,
  readBy: 'Temporal',
  ...options,
});

const databaseIds: EntityVariable<string> = {
  env: 'NOTION_<ENTITY>_DATABASE_ID',
  entityType: types.notionId,
  defaultText: 'the id in `src/entities`',
  description: 'A database id, its URL, or a data source id. Example: `NOTION_SYSTEM_FIXES_DATABASE_ID`',
};

/**
 * Every environment variable, by section of the guide. This table makes the validation, the type `Config`, the
 * redaction of logs, `.env.example` and the guide's table (`npm run docs:config` writes these two).
 */
export const variables = {
  Notion: {
    notion: {
      token: variable('NOTION_TOKEN', types.text, {
        description: 'Token of the internal integration. Without it, `lockstep up` starts the Notion emulator',
        secret: true,
      }),
      databaseIds,
      requestsPerMinute: variable('NOTION_REQUESTS_PER_MINUTE', types.wholeNumber(1, 100_000), {
        default: '180',
        description:
          'Maximum requests in any 60 seconds, shared by all workers. Notion allows 180, and 600 on Business and Enterprise. `Retry-After` from Notion takes precedence',
      }),
      baseUrl: variable('NOTION_BASE_URL', types.origin, {
        default: 'https://api.notion.com',
        description: "Origin of Notion's API, without `/v1`",
      }),
    },
  },
  PostgreSQL: {
    database: {
      url: variable('DATABASE_URL', types.postgresUrl, {
        example: 'postgresql://lockstep:lockstep@127.0.0.1:5432/lockstep',
        defaultText: '`lockstep up` starts its own',
        description:
          'URL of the PostgreSQL database; `?schema=` names a schema. Connect directly, not [through a pooler](operations.md#connections-and-poolers) in transaction mode',
        secret: true,
      }),
      poolSize: variable('DATABASE_POOL_SIZE', types.wholeNumber(2, 1_000), {
        default: '10',
        description: 'Connections per worker, in addition to one for its claims',
      }),
      maxConnections: variable('DATABASE_MAX_CONNECTIONS', types.wholeNumber(8, 10_000), {
        default: '40',
        description:
          'Connections of a worker of [several workspaces](scaling.md#many-workspaces) to each PostgreSQL server, in addition to one per workspace for hints. It is read from the environment of the process',
      }),
    },
  },
  Temporal: {
    temporal: {
      address: readByTemporal('TEMPORAL_ADDRESS', {
        default: '127.0.0.1:7233',
        description: 'Address of the Temporal server. `lockstep up` starts its own unless this is set',
      }),
      namespace: readByTemporal('TEMPORAL_NAMESPACE', { default: 'default', description: 'Temporal namespace' }),
      apiKey: readByTemporal('TEMPORAL_API_KEY', { description: 'API key of Temporal Cloud', secret: true }),
      tls: readByTemporal('TEMPORAL_TLS_*', {
        description:
          "TLS settings, as in [Temporal's environment configuration](https://docs.temporal.io/develop/environment-configuration). Temporal's configuration file is read as well",
      }),
      taskQueue: variable('TEMPORAL_TASK_QUEUE', types.text, { default: 'lockstep', description: 'Task queue' }),
      deploymentName: variable('TEMPORAL_DEPLOYMENT_NAME', types.deploymentName, {
        description: 'Name of the worker deployment; requires `TEMPORAL_WORKER_BUILD_ID`',
      }),
      buildId: variable('TEMPORAL_WORKER_BUILD_ID', types.text, {
        description:
          '[Version of the worker](operations.md#worker-versions): a cycle ends on the version that started it',
      }),
      encryptionKeys: variable('LOCKSTEP_TEMPORAL_ENCRYPTION_KEY', types.encryptionKeys, {
        description:
          '32 bytes in base64. [Encrypts payloads in Temporal](operations.md#encrypting-what-temporal-stores); must be the same for all workers and commands. Several, separated by commas: the first encrypts, all decrypt',
        secret: true,
      }),
      cliPath: variable('TEMPORAL_CLI_PATH', types.text, {
        defaultText: 'searched for',
        description:
          "The `temporal` command that runs the embedded server. Otherwise searched for on `PATH`, in `~/.cache/lockstep` and in Go's `bin`, then downloaded, then built with `go install`",
      }),
      webUi: variable('LOCKSTEP_TEMPORAL_UI_URL', types.origin, {
        example: 'http://127.0.0.1:8233',
        defaultText: '`lockstep up` sets it',
        description: "URL of Temporal's Web UI, for links in the dashboard",
      }),
    },
  },
  Google: {
    google: {
      clientId: variable('GOOGLE_CLIENT_ID', types.text, {
        description: 'OAuth client of type "Desktop app". Without it, calendar syncs are skipped',
      }),
      clientSecret: variable('GOOGLE_CLIENT_SECRET', types.text, {
        description: 'Secret of the OAuth client',
        secret: true,
      }),
      refreshToken: variable('GOOGLE_REFRESH_TOKEN', types.text, {
        description: 'Stored in `oauth_tokens` for the personal account when a worker starts and finds no token there',
        secret: true,
      }),
      workRefreshToken: variable('GOOGLE_WORK_REFRESH_TOKEN', types.text, {
        description: 'The same for the work account. Without it, the personal account reads the work calendar',
        secret: true,
      }),
      personalCalendarId: variable('GOOGLE_PERSONAL_CALENDAR_ID', types.text, {
        default: 'primary',
        description: 'Calendar that is read and written',
      }),
      workCalendarId: variable('GOOGLE_WORK_CALENDAR_ID', types.text, {
        description: 'Calendar that is read, and never written',
      }),
      rootUrl: variable('GOOGLE_ROOT_URL', types.originWithSlash, {
        default: 'https://www.googleapis.com/',
        description: "Origin of Google's APIs. Contacts and labels use it as well if it is not the default",
      }),
      tokenUrl: variable('GOOGLE_TOKEN_URL', types.httpUrl, {
        default: 'https://oauth2.googleapis.com/token',
        description: 'URL where a refresh token is exchanged for an access token',
      }),
      contacts: variable('LOCKSTEP_CONTACTS', types.offOrAccount, {
        default: 'off',
        description: '`personal` or `work`: the Google account whose contacts fill in people',
      }),
      gmailLabels: variable('LOCKSTEP_GMAIL_LABELS', types.offOrAccount, {
        default: 'off',
        description:
          '`personal` or `work`: the account whose mailbox gets [a label for each Work project](#gmail-labels)',
      }),
    },
    encryptionKeys: variable('LOCKSTEP_ENCRYPTION_KEY', types.encryptionKeys, {
      description:
        '32 bytes in base64 (`openssl rand -base64 32`). Encrypts `oauth_tokens`; required as soon as a token is stored. Several, separated by commas: the first encrypts, all decrypt',
      secret: true,
    }),
  },
  'Films, series and games': {
    tmdb: {
      apiKey: variable('TMDB_API_KEY', types.text, {
        description: 'API key or read access token of [TMDB](https://www.themoviedb.org/settings/api); fills in media',
        secret: true,
      }),
      language: variable('TMDB_LANGUAGE', types.language, {
        default: 'en-US',
        description: 'Language of titles and posters',
      }),
      baseUrl: variable('TMDB_BASE_URL', types.origin, {
        default: 'https://api.themoviedb.org',
        description: "Origin of TMDB's API, without `/3`",
      }),
    },
    rawg: {
      apiKey: variable('RAWG_API_KEY', types.text, {
        description: 'API key of [RAWG](https://rawg.io/apidocs); fills in games',
        secret: true,
      }),
      baseUrl: variable('RAWG_BASE_URL', types.origin, {
        default: 'https://api.rawg.io',
        description: "Origin of RAWG's API, without `/api`",
      }),
    },
  },
  Sync: {
    everyMs: variable('LOCKSTEP_EVERY', types.interval, {
      default: '10m',
      description:
        'Time between the starts of two cycles, such as `30s`, `10m` or `1h`. After a change, run `lockstep schedule ensure`',
    }),
    sweepMinutes: variable('LOCKSTEP_SWEEP_MINUTES', types.wholeNumber(1, 100_000), {
      default: '60',
      description: 'Minutes between sweeps for trashed, moved and unshared pages',
    }),
    timeZone: variable('LOCKSTEP_TIME_ZONE', types.timeZone, {
      default: types.machineTimeZone,
      example: 'Europe/Madrid',
      defaultText: "the machine's",
      description: 'Time zone of due dates and of "today". A container\'s time zone is UTC, so set it there',
    }),
    conflicts: variable('LOCKSTEP_CONFLICTS', types.conflictRule, {
      default: 'field',
      description:
        '`field`: edits to different fields of a record are both kept, and a field that both sides changed goes to the newest edit; arrays and links to many are merged. `row`: the newest edit of a row wins as a whole',
    }),
    hints: variable('LOCKSTEP_HINTS', types.onOrOff, {
      default: 'on',
      description: '`on`: edits are synced [within seconds](#sync-within-seconds). `off`: by the next cycle',
    }),
    workspace: variable('LOCKSTEP_WORKSPACE', types.text, {
      example: '/srv/lockstep',
      defaultText: 'the current folder; in the image, `/workspace`',
      description:
        'Folder of the definition, `migrations/`, `.env` and `.lockstep/`. It is read before `.env`: set it in the environment',
    }),
    workspaces: variable('LOCKSTEP_WORKSPACES', types.text, {
      example: '/srv/workspaces',
      description:
        'Folders whose workspaces [one `lockstep worker` runs](scaling.md#many-workspaces), separated by colons. A folder that is no workspace stands for those in it',
    }),
    publicUrl: variable('LOCKSTEP_PUBLIC_URL', types.publicOrigin, {
      example: 'https://lockstep.example',
      description: 'Public origin of `lockstep webhooks`, where Google sends notifications of calendar changes',
    }),
  },
  'Dashboard, bot and assistants': {
    dashboardToken: variable('LOCKSTEP_DASHBOARD_TOKEN', types.secretToken, {
      description:
        'Token that the dashboard asks for: at least 16 characters (`openssl rand -hex 32`). Without it, the dashboard is available on this machine only',
      secret: true,
    }),
    telegram: {
      token: variable('TELEGRAM_BOT_TOKEN', types.botToken, {
        description: 'Token from @BotFather for `lockstep bot`',
        secret: true,
      }),
      users: variable('LOCKSTEP_TELEGRAM_USERS', types.telegramUserIds, {
        description: 'Ids of the Telegram users that the bot answers, separated by commas',
      }),
      apiRoot: variable('TELEGRAM_API_ROOT', types.origin, {
        default: 'https://api.telegram.org',
        description: "Origin of Telegram's Bot API",
      }),
    },
    mcpToken: variable('LOCKSTEP_MCP_TOKEN', types.secretToken, {
      description: 'Token for clients of `lockstep mcp --http`: at least 16 characters (`openssl rand -hex 32`)',
      secret: true,
    }),
  },
  Alerts: {
    alerts: {
      afterMinutes: variable('LOCKSTEP_ALERT_AFTER_MINUTES', types.wholeNumber(15, 100_000), {
        default: '45',
        description: 'Minutes that an entity is stale before [an alert](operations.md#alerts) is sent',
      }),
      webhookUrl: variable('LOCKSTEP_ALERT_WEBHOOK_URL', types.httpUrl, {
        description:
          'Receives each alert, and its end, as a POST request. Slack, Mattermost and Discord accept the format',
        secret: true,
      }),
      emailTo: variable('LOCKSTEP_ALERT_EMAIL_TO', types.emailAddresses, {
        description: 'E-mail addresses for alerts, separated by commas; requires `LOCKSTEP_SMTP_URL`',
      }),
      emailFrom: variable('LOCKSTEP_ALERT_EMAIL_FROM', types.emailAddress, {
        defaultText: 'the first recipient',
        description: 'Sender of alert e-mails',
      }),
      smtpUrl: variable('LOCKSTEP_SMTP_URL', types.smtpUrl, {
        example: 'smtps://user:password@host',
        description: 'Mail server for alerts: `smtps://user:password@host`',
        secret: true,
      }),
      heartbeatUrl: variable('LOCKSTEP_HEARTBEAT_URL', types.httpUrl, {
        description:
          'Requested every five minutes while all entities are fresh, so that a monitor notices when no worker runs',
        secret: true,
      }),
    },
  },
  Observability: {
    logLevel: variable('LOG_LEVEL', types.logLevel, {
      default: 'info',
      description:
        'Level of [the log](operations.md#log): `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
    }),
    metricsAddress: variable('LOCKSTEP_METRICS_ADDRESS', types.listenAddress, {
      example: '127.0.0.1:9464',
      description: 'IP address and port where a worker serves [metrics](operations.md#metrics) for Prometheus',
    }),
    healthAddress: variable('LOCKSTEP_HEALTH_ADDRESS', types.listenAddress, {
      example: '127.0.0.1:9465',
      description:
        'IP address and port where a worker serves [its health](operations.md#health-of-a-worker): `/healthz` and `/readyz`',
    }),
    otel: {
      endpoint: variable('OTEL_EXPORTER_OTLP_ENDPOINT', types.httpUrl, {
        example: 'http://127.0.0.1:4318',
        description:
          "Collector of [traces](operations.md#traces), over HTTP. OpenTelemetry's other variables work as well",
      }),
      tracesEndpoint: variable('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', types.httpUrl, {
        description: 'The same, for traces only',
      }),
      protocol: variable('OTEL_EXPORTER_OTLP_PROTOCOL', types.otlpProtocol, {
        defaultText: '`http/json`',
        description: '`http/json`; gRPC is not supported',
      }),
      tracesProtocol: variable('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', types.otlpProtocol, {
        defaultText: '`http/json`',
        description: 'The same, for traces only',
      }),
      disabled: variable('OTEL_SDK_DISABLED', types.text, { description: '`true` turns traces off' }),
    },
  },
  'Files and chores': {
    paraRoot: variable('LOCKSTEP_PARA_ROOT', types.text, {
      description: 'Folder that contains `Areas` and `Resources`. Without it, their syncs are skipped',
    }),
    contextRoot: variable('LOCKSTEP_CONTEXT_ROOT', types.text, {
      example: './context',
      description: 'Folder for [a file about each project and area](#context-files)',
    }),
    notesRoot: variable('LOCKSTEP_NOTES_ROOT', types.text, {
      example: './notes',
      description: 'Folder whose subfolders receive [the notes of projects](#note-files)',
    }),
    archiveAfterDays: variable('LOCKSTEP_ARCHIVE_AFTER_DAYS', types.wholeNumber(0, 100_000), {
      default: '0',
      description: 'Days after which [completed records are archived](#life-cycle); `0`: never',
    }),
    ai: {
      url: variable('LOCKSTEP_AI_URL', types.origin, {
        example: 'https://api.openai.com/v1',
        description:
          'Service that [finds ideas in session notes](#ideas-in-session-notes): any with an OpenAI-compatible `/chat/completions`, which is appended to this URL',
      }),
      key: variable('LOCKSTEP_AI_KEY', types.text, { description: 'API key, if the service needs one', secret: true }),
      model: variable('LOCKSTEP_AI_MODEL', types.text, {
        description: 'Name of the model; required with `LOCKSTEP_AI_URL`',
      }),
    },
    keepDays: {
      history: variable('LOCKSTEP_KEEP_HISTORY_DAYS', types.wholeNumber(1, 100_000), {
        default: '90',
        description: 'Days for which runs and changes are kept',
      }),
      conflicts: variable('LOCKSTEP_KEEP_CONFLICTS_DAYS', types.wholeNumber(1, 100_000), {
        default: '365',
        description: 'Days for which resolved conflicts are kept',
      }),
    },
  },
};
