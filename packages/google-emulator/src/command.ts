import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { z } from 'zod';
import { isLoopback } from './http.ts';
import { isTimeZone } from './local-time.ts';
import { type GoogleEmulator, type GoogleEmulatorOptions, startGoogleEmulator } from './server.ts';
import type { CalendarSeed } from './state.ts';

const HELP = `Usage: google-emulator [options]

Starts a local server that answers Google Calendar's API and Google's sign-in, and shows its calendars on a web page.

Options:
  --port NUMBER      port to listen on; 0 for any free port (default: 8400)
  --host ADDRESS     loopback address: 127.0.0.1, ::1 or localhost (default: 127.0.0.1)
  --data FILE        keep calendars, events and grants in this file (default: in memory)
  --token TOKEN      refresh token of the user (default: emulator-refresh-token)
  --calendars LIST   calendars with the user's role: the first is the user's own, the others are
                     ID:owner, ID:writer, ID:reader or ID:freeBusyReader
                     (default: me@example.com,work@example.com:reader)
  --time-zone ZONE   time zone of new calendars, such as Europe/Berlin (default: the machine's)
  --help             show this help
  --version          show the version`;

const OPTIONS = {
  port: { type: 'string', default: '8400' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
  token: { type: 'string', default: 'emulator-refresh-token' },
  calendars: { type: 'string', default: 'me@example.com,work@example.com:reader' },
  'time-zone': { type: 'string', default: Intl.DateTimeFormat().resolvedOptions().timeZone },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

const ROLES = ['owner', 'writer', 'reader', 'freeBusyReader'] as const;
const CALENDAR_SCOPE = 'https://www.googleapis.com/auth/calendar';
const MAX_PORT = 65_535;

/** Runs the `google-emulator` command. Exits with 2 when the options are wrong or the server cannot start. */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args);
    if (options.help) return console.log(HELP);
    if (options.version) return console.log(readVersion());
    const emulator = await start(options);
    console.log(describe(emulator, options.token));
    const stop = (): void => {
      void emulator.close().then(() => process.exit(0));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  } catch (error) {
    console.error(`google-emulator: ${messageOf(error)}`);
    process.exitCode = 2;
  }
}

type Options = ReturnType<typeof parseOptions>;

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    // Node appends advice that does not apply here.
    throw new Error(`${messageOf(error).split('. ')[0]}. See google-emulator --help`);
  }
}

async function start(options: Options): Promise<GoogleEmulator> {
  const port = Number(options.port);
  if (!/^\d+$/.test(options.port) || port > MAX_PORT)
    throw new Error(`--port must be a whole number from 0 to ${MAX_PORT}, not ${options.port}`);
  if (!isLoopback(options.host)) throw new Error(`--host must be 127.0.0.1, ::1 or localhost, not ${options.host}`);
  if (!isTimeZone(options['time-zone']))
    throw new Error(`--time-zone must be a time zone such as Europe/Berlin, not ${options['time-zone']}`);
  if (options.token === '') throw new Error('--token must not be empty');
  const { user, seeds } = readCalendars(options.calendars, options['time-zone']);
  const dataFile = options.data === undefined ? {} : { dataFile: options.data };
  const emulator = await listen({ port, host: options.host, calendars: seeds, ...dataFile });
  emulator.handle.grant(user, [CALENDAR_SCOPE], options.token);
  return emulator;
}

/** @param list e.g. `me@example.com,work@example.com:reader` */
function readCalendars(list: string, timeZone: string): { user: string; seeds: CalendarSeed[] } {
  const [own, ...others] = list.split(',').map((entry) => {
    const [id = '', role = 'owner', ...rest] = entry.trim().split(':');
    const known = ROLES.find((name) => name === role);
    if (!/^[^\s@]+@[^\s@]+$/.test(id) || !known || rest.length > 0)
      throw new Error(`--calendars must be a list such as me@example.com,work@example.com:reader, not ${list}`);
    return { id, role: known };
  });
  if (!own) throw new Error('--calendars must not be empty');
  const seeds = [own, ...others].map(({ id, role }) => ({ id, timeZone, access: { [own.id]: role } }));
  return { user: own.id, seeds };
}

async function listen(options: GoogleEmulatorOptions): Promise<GoogleEmulator> {
  try {
    return await startGoogleEmulator(options);
  } catch (error) {
    const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isInUse ? new Error(`port ${options.port} is in use; choose another with --port`) : error;
  }
}

const describe = ({ url, tokenUrl, clientId, clientSecret }: GoogleEmulator, token: string): string =>
  `Google emulator at ${url} (API, sign-in and web page)
Client: ${clientId} (secret: ${clientSecret})
Refresh token: ${token}
Use it with googleapis:
  const auth = new google.auth.OAuth2({ clientId: '${clientId}', clientSecret: '${clientSecret}', endpoints: { oauth2TokenUrl: '${tokenUrl}' } });
  auth.setCredentials({ refresh_token: '${token}' });
  const calendar = google.calendar({ version: 'v3', auth, rootUrl: '${url}' });
Press Ctrl-C to stop.`;

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return z.looseObject({ version: z.string() }).parse(manifest).version;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
