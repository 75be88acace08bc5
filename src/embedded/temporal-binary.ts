import { type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ConfigurationError, FinalError } from '../errors.ts';

/** The last version that `go install` takes: later ones have a replace directive, which it refuses. */
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const PROGRESS_MS = 15_000;
const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** What was downloaded or built stays here for every checkout of this user. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep');

/**
 * Finds the `temporal` command, or fetches it once: `TEMPORAL_CLI_PATH`, PATH,
 * our cache, Go's own folder, the SDK's download, `go install`.
 * @param say shows progress: the last two take from seconds to minutes
 * @throws ConfigurationError when TEMPORAL_CLI_PATH is wrong; FinalError when there is none to be had
 */
export async function temporalBinary(cliPath: string | undefined, say: (line: string) => void): Promise<string> {
  if (cliPath) {
    if (isExecutable(cliPath)) return cliPath;
    throw new ConfigurationError(`TEMPORAL_CLI_PATH is not an executable file: ${cliPath}`);
  }
  const found = knownPlaces().find(isExecutable);
  if (found) return found;
  mkdirSync(cacheFolder(), { recursive: true });
  const fetched = (await download(say)) ?? (await build(say));
  if (fetched) return fetched;
  throw new FinalError(
    'temporal_missing',
    'there is no `temporal` command, and it could neither be downloaded nor built: ' +
      'install it (https://docs.temporal.io/cli) and put it on PATH, or set TEMPORAL_CLI_PATH or TEMPORAL_ADDRESS',
  );
}

function knownPlaces(): string[] {
  const { PATH = '', GOBIN, GOPATH } = process.env;
  const folders = [...PATH.split(delimiter), cacheFolder(), GOBIN, join(GOPATH || join(homedir(), 'go'), 'bin')];
  return folders.flatMap((folder) => (folder ? [join(folder, executable)] : []));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The SDK fetches the server that its test environment runs; we keep it. */
async function download(say: (line: string) => void): Promise<string | null> {
  say('fetching the Temporal server (about 50 MB, once)');
  const folder = mkdtempSync(join(cacheFolder(), 'download-'));
  try {
    const script = `
      import { TestWorkflowEnvironment } from '@temporalio/testing';
      const executable = { type: 'cached-download', downloadDir: ${JSON.stringify(folder)} };
      await (await TestWorkflowEnvironment.createLocal({ server: { executable } })).teardown();`;
    // In a process of its own: the SDK's native runtime would stay with us, and take over our signals.
    const done = await succeeds(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
    });
    const [name] = readdirSync(folder);
    return done && name !== undefined ? keep(join(folder, name)) : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function build(say: (line: string) => void): Promise<string | null> {
  say('it cannot be downloaded here: building it with `go install` (about three minutes, once)');
  const folder = mkdtempSync(join(cacheFolder(), 'build-'));
  const started = Date.now();
  const progress = setInterval(
    () => say(`still building (${Math.round((Date.now() - started) / 1_000)} s)`),
    PROGRESS_MS,
  );
  try {
    const env = { ...process.env, GOBIN: folder };
    return (await succeeds('go', ['install', GO_MODULE], { env })) ? keep(join(folder, executable)) : null;
  } finally {
    clearInterval(progress);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Put in place in one step: another process never sees half a file. */
function keep(file: string): string {
  const kept = join(cacheFolder(), executable);
  renameSync(file, kept);
  return kept;
}

const succeeds = (command: string, args: string[], options: SpawnOptions): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
