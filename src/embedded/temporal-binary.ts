import { type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ConfigurationError, FinalError } from '../errors.ts';

/** The last version that `go install` accepts: later ones have a replace directive. */
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const PROGRESS_MS = 15_000;
const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** The downloaded or built command, shared by all checkouts of this user. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep');

/**
 * Finds the `temporal` command in `TEMPORAL_CLI_PATH`, PATH, Lockstep's cache or Go's folder. Otherwise downloads it
 * with the SDK, or builds it with `go install`.
 * @param say shows progress: a download or a build takes from seconds to minutes
 * @throws ConfigurationError when TEMPORAL_CLI_PATH is wrong; FinalError when the command is not available
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

/** Downloads the server of the SDK's test environment. */
async function download(say: (line: string) => void): Promise<string | null> {
  say('Downloading the Temporal server (about 50 MB, once)');
  const folder = mkdtempSync(join(cacheFolder(), 'download-'));
  try {
    const script = `
      import { TestWorkflowEnvironment } from '@temporalio/testing';
      const executable = { type: 'cached-download', downloadDir: ${JSON.stringify(folder)} };
      await (await TestWorkflowEnvironment.createLocal({ server: { executable } })).teardown();`;
    // In another process: the SDK's native runtime would stay loaded and handle the signals of this one.
    const done = await succeeds(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
    });
    const [name] = readdirSync(folder);
    return done && name !== undefined ? moveToCache(join(folder, name)) : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function build(say: (line: string) => void): Promise<string | null> {
  say('The download failed. Building the Temporal server with `go install` (about three minutes, once)');
  const folder = mkdtempSync(join(cacheFolder(), 'build-'));
  const started = Date.now();
  const progress = setInterval(
    () => say(`Still building (${Math.round((Date.now() - started) / 1_000)} s)`),
    PROGRESS_MS,
  );
  try {
    const env = { ...process.env, GOBIN: folder };
    return (await succeeds('go', ['install', GO_MODULE], { env })) ? moveToCache(join(folder, executable)) : null;
  } finally {
    clearInterval(progress);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Moves the file at once: another process never sees part of it. */
function moveToCache(file: string): string {
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
