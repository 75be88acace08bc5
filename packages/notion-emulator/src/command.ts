import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { z } from 'zod';
import { createDatabases, type DatabaseDefinition } from './create-databases.ts';
import { isLoopback } from './http.ts';
import { toUuid } from './ids.ts';
import { type NotionEmulator, type NotionEmulatorOptions, startNotionEmulator } from './server.ts';

const HELP = `Usage: notion-emulator [options]

Starts a local server that answers Notion's API and shows its workspace on a web page.

Options:
  --port NUMBER                 port to listen on; 0 for any free port (default: 8300)
  --host ADDRESS                loopback address: 127.0.0.1, ::1 or localhost (default: 127.0.0.1)
  --data FILE                   keep the workspace in this file (default: in memory)
  --token TOKEN                 token that clients send (default: ntn_emulator)
  --requests-per-minute NUMBER  request limit for each token (default: 180)
  --databases FILE              create the databases defined in this JSON file, unless they exist
  --help                        show this help
  --version                     show the version`;

const OPTIONS = {
  port: { type: 'string', default: '8300' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
  token: { type: 'string' },
  'requests-per-minute': { type: 'string' },
  databases: { type: 'string' },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

const uuid = z.string().transform((text, context) => {
  const id = toUuid(text);
  if (id === null) context.addIssue('must be a UUID');
  return id ?? text;
});
const definitionsSchema = z.array(
  z.looseObject({
    id: uuid,
    dataSourceId: uuid.optional(),
    title: z.string(),
    properties: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** Runs the `notion-emulator` command. Exits with 2 when the options are wrong or the server cannot start. */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    const options = parseOptions(args);
    if (options.help) return console.log(HELP);
    if (options.version) return console.log(readVersion());
    const emulator = await start(options);
    console.log(describe(emulator));
    const stop = (): void => {
      void emulator.close().then(() => process.exit(0));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  } catch (error) {
    console.error(`notion-emulator: ${messageOf(error)}`);
    process.exitCode = 2;
  }
}

type Options = ReturnType<typeof parseOptions>;

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    // Node appends advice that does not apply here.
    throw new Error(`${messageOf(error).split('. ')[0]}. See notion-emulator --help`);
  }
}

async function start(options: Options): Promise<NotionEmulator> {
  const port = wholeNumber('port', options.port, 0, 65_535);
  if (!isLoopback(options.host)) throw new Error(`--host must be 127.0.0.1, ::1 or localhost, not ${options.host}`);
  const limit = options['requests-per-minute'];
  const requestsPerMinute = limit === undefined ? undefined : wholeNumber('requests-per-minute', limit, 1);
  if (options.token === '') throw new Error('--token must not be empty');
  const definitions = options.databases === undefined ? [] : readDefinitions(options.databases);
  const emulator = await listen({
    port,
    host: options.host,
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.data === undefined ? {} : { dataFile: options.data }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
  });
  try {
    createDatabases(emulator.workspace, definitions);
    return emulator;
  } catch (error) {
    await emulator.close();
    throw new Error(`cannot create the databases in ${options.databases}: ${messageOf(error)}`);
  }
}

async function listen(options: NotionEmulatorOptions): Promise<NotionEmulator> {
  try {
    return await startNotionEmulator(options);
  } catch (error) {
    const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isInUse ? new Error(`port ${options.port} is in use; choose another with --port`) : error;
  }
}

function wholeNumber(name: string, value: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new Error(`--${name} must be a whole number ${range}, not ${value}`);
}

function readDefinitions(file: string): DatabaseDefinition[] {
  const parsed = definitionsSchema.safeParse(parseJsonFile(file));
  if (!parsed.success) throw new Error(`${file} does not define databases: ${firstIssue(parsed.error)}`);
  return parsed.data.map(({ id, dataSourceId, title, properties = {} }) => ({
    ...{ id, title, properties },
    ...(dataSourceId === undefined ? {} : { dataSourceId }),
  }));
}

function parseJsonFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read ${file}: ${messageOf(error)}`);
  }
}

const firstIssue = ({ issues: [issue] }: z.ZodError): string => `${issue?.path.join('.')}: ${issue?.message}`;

const describe = ({ url, token, workspace }: NotionEmulator): string => `Notion emulator at ${url} (API and web page)
Token: ${token}
Page for new databases: ${workspace.rootPageId}
Use it with @notionhq/client:
  const notion = new Client({ auth: '${token}', baseUrl: '${url}' });
Press Ctrl-C to stop.`;

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return z.looseObject({ version: z.string() }).parse(manifest).version;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
