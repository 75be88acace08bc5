import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NotionEmulator } from 'notion-emulator';
import type { Config } from '../config.ts';
import { FinalError } from '../errors.ts';
import { temporalConnection } from '../temporal/client.ts';
import { startGoogle } from './google.ts';
import { startNotion } from './notion.ts';
import { startPostgres } from './postgres.ts';
import type { Stack } from './stack.ts';
import { startTemporal } from './temporal.ts';

export interface ServersOptions {
  readonly config: Config;
  readonly folder: string;
  /** Stops what was started. */
  readonly stack: Stack;
  /** Aborted when a server ends unexpectedly; an abort also ends the start. */
  readonly end: AbortController;
  readonly say: (line: string) => void;
}

export interface Servers {
  /** The addresses of the embedded servers, for the worker and for other commands. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for people, one line per server. */
  readonly places: readonly string[];
  /** The emulator, unless there is a token. */
  readonly notion: NotionEmulator | null;
}

/** Starts each server that has no address in the configuration. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { signal } = options.end;
  const postgres = await postgresFor(options);
  signal.throwIfAborted();
  const temporal = await temporalFor(options);
  signal.throwIfAborted();
  const notion = await notionFor(options);
  const google = notion.emulator === null ? NONE : await googleFor(options);
  const started = [postgres, temporal, notion, google];
  return {
    env: Object.assign({}, ...started.map(({ env }) => env)),
    places: started.flatMap(({ place }) => (place === null ? [] : [place])),
    notion: notion.emulator,
  };
}

interface Started {
  readonly env: Readonly<Record<string, string>>;
  readonly place: string | null;
}

const NONE: Started = { env: {}, place: null };

async function postgresFor({ config, folder, stack, end }: ServersOptions): Promise<Started> {
  if (config.database.url) return { env: {}, place: '  PostgreSQL  psql "$DATABASE_URL"' };
  const postgres = await startPostgres({ folder });
  stack.push(postgres);
  abortWhenLost(end, 'PostgreSQL', join(folder, 'postgres.log'), postgres.exited);
  return { env: { DATABASE_URL: postgres.url }, place: `  PostgreSQL  ${postgres.psql}` };
}

async function temporalFor({ config, folder, stack, end, say }: ServersOptions): Promise<Started> {
  const { address, namespace } = temporalConnection();
  if (process.env.TEMPORAL_ADDRESS) return { env: {}, place: `  Temporal    ${address}` };
  const temporal = await startTemporal({ folder, namespace, cliPath: config.temporal.cliPath, say });
  stack.push(temporal);
  abortWhenLost(end, 'Temporal', join(folder, 'temporal.log'), temporal.exited);
  // Settings of another server, from the shell or the user's configuration file, must not apply to this one.
  const configFile = join(folder, 'temporal.toml');
  const profile = `[profile.default]\naddress = "${temporal.address}"\nnamespace = "${namespace}"\n`;
  writeFileSync(configFile, profile, { mode: 0o600 });
  for (const name of Object.keys(process.env)) {
    if (/^TEMPORAL_(API_KEY|TLS|PROFILE)/.test(name)) delete process.env[name];
  }
  return {
    env: {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_CONFIG_FILE: configFile,
      LOCKSTEP_TEMPORAL_UI_URL: temporal.uiUrl,
    },
    place: `  Temporal    ${temporal.uiUrl} (Web UI; the server is ${temporal.address})`,
  };
}

async function notionFor({
  config: { notion, timeZone },
  folder,
  stack,
}: ServersOptions): Promise<Started & { readonly emulator: NotionEmulator | null }> {
  if (notion.token) return { env: {}, place: `  Notion      ${notion.baseUrl}`, emulator: null };
  const emulator = await startNotion({ folder, timeZone, requestsPerMinute: notion.requestsPerMinute });
  stack.push({ stop: () => emulator.close() });
  return {
    env: { NOTION_TOKEN: emulator.token, NOTION_BASE_URL: emulator.url },
    place: `  Notion      ${emulator.url} (emulator, because NOTION_TOKEN is not set)`,
    emulator,
  };
}

async function googleFor({ config, folder, stack }: ServersOptions): Promise<Started> {
  if (config.google.clientId) return NONE;
  const google = await startGoogle({ folder, timeZone: config.timeZone });
  stack.push({ stop: () => google.close() });
  const ownKey = config.encryptionKeys === undefined ? {} : { LOCKSTEP_ENCRYPTION_KEY: config.encryptionKeys };
  return {
    env: { ...google.env, ...ownKey },
    place: `  Google      ${google.url} (emulator, because GOOGLE_CLIENT_ID is not set)`,
  };
}

function abortWhenLost(end: AbortController, name: string, log: string, exited: Promise<void>): void {
  const lost = new FinalError('server_failed', `${name} ended unexpectedly: see its log, ${log}`);
  void exited.then(() => end.abort(lost));
}
