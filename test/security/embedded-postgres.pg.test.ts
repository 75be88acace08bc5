import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase, transaction } from '../../src/database/client.ts';
import { migrate } from '../../src/database/migrate.ts';
import { claimFolder, runningUp } from '../../src/embedded/folder.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.ts';

const isRoot = process.getuid?.() === 0;
const STRANGER = 65_534;

let outside: string;
let folder: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'lockstep-attack-'));
  chmodSync(outside, 0o755);
  folder = join(outside, '.lockstep');
  server = await startPostgres({ folder });
});
afterAll(async () => {
  await server.stop();
  rmSync(outside, { recursive: true, force: true });
});

async function connect(url: string, sql = 'SELECT 1'): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const withoutPassword = (url: string, user: string): string => {
  const changed = new URL(url);
  [changed.username, changed.password] = [user, ''];
  return changed.href;
};

/** Makes the data as the versions until 66f9004 did. */
async function makeOldData(target: string, fill: (url: string) => Promise<void>): Promise<void> {
  const data = join(target, 'postgres');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(target, 'worker.log'), 'secret\n', { mode: 0o644 });
  const ids = isRoot ? { uid: STRANGER, gid: STRANGER } : {};
  if (isRoot) chownSync(data, STRANGER, STRANGER);
  const programs = readCommand(server.pid);
  const options = { ...ids, cwd: data };
  const made = spawnSync(
    join(dirname(programs), 'initdb'),
    ['--pgdata=/proc/self/cwd', '--username=lockstep', '--auth=trust', '--encoding=UTF8', '--locale=C'],
    { ...options, encoding: 'utf8' },
  );
  expect([made.status, made.stderr]).toEqual([0, expect.anything()]);
  const port = await freePort(5_600);
  const args = ['-D', '/proc/self/cwd', '-p', String(port), '-h', '127.0.0.1', '-k', ''];
  const old = spawn(programs, args, { ...options, stdio: 'ignore' });
  const url = `postgresql://lockstep@127.0.0.1:${port}/`;
  await vi.waitFor(() => connect(`${url}postgres`, 'CREATE DATABASE lockstep'), { timeout: 60_000 });
  await fill(`${url}lockstep`);
  old.kill('SIGINT');
  await once(old, 'exit');
}

const readCommand = (pid: number): string => readlinkSync(`/proc/${pid}/exe`);

describe('the embedded PostgreSQL refuses', () => {
  test.each(['lockstep', 'postgres', 'root', 'nobody'])('a connection as %s without the password', async (user) => {
    await expect(connect(withoutPassword(server.url, user))).rejects.toThrow(/password/i);
  });

  test.each(['lockstep', 'postgres', "' OR 1=1 --"])('the password %s', async (guess) => {
    const url = new URL(server.url);
    url.password = encodeURIComponent(guess);
    await expect(connect(url.href)).rejects.toThrow(/password authentication failed/);
  });

  test('a program of the owner: COPY TO PROGRAM', async () => {
    const marker = join(outside, 'marker');
    await expect(connect(server.url, `COPY (SELECT 1) TO PROGRAM 'touch ${marker}'`)).rejects.toThrow(
      /permission denied/,
    );
    expect(existsSync(marker)).toBe(false);
  });

  test.each([
    ['a file of the server: pg_read_file', "SELECT pg_read_file('postgresql.conf')"],
    ['a file of the server: COPY', "COPY (SELECT 1) TO '/tmp/lockstep-attack'"],
    ['a large object from a file', "SELECT lo_import('postgresql.conf')"],
    ['a setting of the server', "ALTER SYSTEM SET archive_command = 'true'"],
    ['more rights', 'ALTER ROLE lockstep SUPERUSER'],
    ['a new superuser', 'CREATE ROLE mallory SUPERUSER LOGIN'],
    ['an untrusted language', 'CREATE LANGUAGE plperlu'],
    ['a library', "LOAD '/tmp/lockstep-attack.so'"],
  ])('its role %s', async (_, sql) => {
    await expect(connect(server.url, sql)).rejects.toThrow(
      /denied|must be superuser|privilege|permission|not allowed/i,
    );
  });
});

test('its role is enough for the migrations, for users and for the sync', async () => {
  await migrate(server.url);
  expect(await connect(server.url, "INSERT INTO tasks (title) VALUES ('a') RETURNING title")).toEqual([{ title: 'a' }]);
  const database = openDatabase(server.url, 1);
  await transaction(database, { as: 'sync' }, (tx) => tx.execute("UPDATE tasks SET title = 'b'"));
  expect(await database.query('SELECT title FROM tasks')).toEqual([{ title: 'b' }]);
  await database.close();
});

test('the printed psql line works as printed, and names no password', async () => {
  expect(server.psql).not.toContain(new URL(server.url).password);
  const shown = execFileSync('sh', ['-c', `${server.psql} -Atc 'SELECT current_user'`], { encoding: 'utf8' });
  expect(shown).toBe('lockstep\n');
});

test('every file of the folder is private', () => {
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    expect([entry.name, statSync(join(folder, entry.name)).mode & 0o077]).toEqual([entry.name, 0]);
  }
});

test.runIf(process.platform === 'linux')('PostgreSQL runs without capabilities, and not as root', () => {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  expect(status).toMatch(/^CapEff:\s+0+$/m);
  expect(status).not.toMatch(/^Uid:\s+0\b/m);
});

describe('data of an earlier version, whose only role was a superuser without a password', () => {
  let old: string;
  let converted: EmbeddedPostgres;

  beforeAll(async () => {
    old = join(outside, 'old', '.lockstep');
    mkdirSync(old, { recursive: true, mode: 0o755 });
    await makeOldData(old, async (url) => {
      await migrate(url);
      await connect(url, "INSERT INTO tasks (title) VALUES ('kept')");
      await connect(url, "CREATE TYPE mood AS ENUM ('good'); CREATE SCHEMA own; CREATE TABLE own.things (id serial)");
    });
    converted = await startPostgres({ folder: old });
  });
  afterAll(() => converted.stop());

  test('is kept', async () => {
    expect(await connect(converted.url, 'SELECT title FROM tasks')).toEqual([{ title: 'kept' }]);
  });

  test('belongs to the role without rights over the server', async () => {
    const others = `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.oid >= 16384 AND relkind IN ('r', 'v', 'S')
      AND pg_get_userbyid(relowner) <> 'lockstep'
      UNION ALL SELECT proname FROM pg_proc WHERE oid >= 16384 AND pg_get_userbyid(proowner) <> 'lockstep'
      UNION ALL SELECT typname FROM pg_type WHERE oid >= 16384 AND pg_get_userbyid(typowner) <> 'lockstep'`;
    expect(await connect(converted.url, others)).toEqual([]);
    await expect(connect(converted.url, "COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toThrow(/permission denied/);
    await connect(converted.url, "ALTER TABLE own.things ADD COLUMN name text; ALTER TYPE mood ADD VALUE 'bad'");
    expect(await migrate(converted.url)).toEqual([]);
  });

  test.each(['lockstep', 'postgres'])('asks %s for a password', async (user) => {
    await expect(connect(withoutPassword(converted.url, user))).rejects.toThrow(/password/i);
    expect(readFileSync(join(old, 'postgres/pg_hba.conf'), 'utf8')).not.toContain('trust');
  });

  test('is private', () => {
    expect(statSync(old).mode & 0o777).toBe(0o700);
    expect(statSync(join(old, 'worker.log')).mode & 0o777).toBe(0o600);
  });

  test('is converted again after a crash before the passwords were saved', async () => {
    await converted.stop();
    rmSync(join(old, 'postgres-passwords.json'));
    converted = await startPostgres({ folder: old });
    expect(await connect(converted.url, 'SELECT title FROM tasks')).toEqual([{ title: 'kept' }]);
    await expect(connect(withoutPassword(converted.url, 'postgres'))).rejects.toThrow(/password/i);
  });
});

describe.runIf(isRoot)('another local user', () => {
  const asStranger = (...command: string[]) =>
    spawnSync('setpriv', [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups', '--', ...command], {
      encoding: 'utf8',
    });

  test.each(['', 'postgres-passwords.json', 'pgpass', 'postgres.log', 'postgres/pg_hba.conf'])(
    'cannot read .lockstep/%s',
    (name) => {
      const path = join(folder, name);
      expect(existsSync(path)).toBe(true);
      expect(asStranger('ls', '-l', path).status).not.toBe(0);
      expect(asStranger('cat', path).status).not.toBe(0);
    },
  );

  test('cannot use the printed psql line', () => {
    const { status, stderr } = asStranger('sh', '-c', `${server.psql} -w -Atc 'SELECT 1'`);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/password/);
  });

  test('cannot make us use a folder or an up.json of their own', () => {
    const trap = join(outside, 'trap', '.lockstep');
    const claim = claimFolder(trap);
    claim.announce({ DATABASE_URL: 'postgresql://mallory.example/x' });
    chownSync(join(trap, 'up.json'), STRANGER, STRANGER);
    expect(() => runningUp(trap)).toThrow(/belongs to another user/);
    rmSync(join(trap, 'up.json'));
    chownSync(trap, STRANGER, STRANGER);
    expect(() => claimFolder(trap)).toThrow(/belongs to another user/);
    expect(() => runningUp(trap)).toThrow(/belongs to another user/);
  });

  test('cannot make us read an .env of their own', () => {
    const home = mkdtempSync(join(tmpdir(), 'lockstep-env-'));
    const file = join(home, '.env');
    writeFileSync(file, 'DATABASE_URL=postgresql://mallory.example/x\n');
    chownSync(file, STRANGER, STRANGER);
    const bin = join(import.meta.dirname, '../../bin/lockstep.js');
    const { status, stderr } = spawnSync(process.execPath, [bin, 'status'], { cwd: home, encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^lockstep: \.env belongs to another user/)]);
    rmSync(home, { recursive: true });
  });
});
