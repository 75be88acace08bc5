import { randomBytes } from 'node:crypto';
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const WANTED = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  standard_conforming_strings: 'on',
  extra_float_digits: '1',
  jit: 'off',
};
const HOSTILE = {
  TimeZone: 'Asia/Kolkata',
  DateStyle: 'German, DMY',
  IntervalStyle: 'iso_8601',
  standard_conforming_strings: 'off',
  extra_float_digits: '-10',
  jit: 'on',
};

let server: TestDatabase;
let admin: pg.Client;
const roles: string[] = [];
beforeEach(async () => {
  server = await emptyDatabase();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await server.drop();
  const cleaner = new pg.Client({ connectionString: inject('databaseUrl') });
  await cleaner.connect();
  for (const role of roles.splice(0)) await cleaner.query(`DROP ROLE ${role}`);
  await cleaner.end();
});

const createRole = async (): Promise<string> => {
  const role = `lockstep_test_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  roles.push(role);
  return role;
};
const asRole = (role: string, query = ''): string => {
  const url = new URL(server.url);
  url.username = role;
  url.password = 'secret';
  return `${url.href}${query}`;
};
const query = async <Row extends object>(url: string, statement: string): Promise<Row[]> => {
  const database = openDatabase(url, 2);
  try {
    return await database.query<Row>(statement);
  } finally {
    await database.close();
  }
};
const settingsOf = async (url: string) =>
  (
    await query<Record<string, string>>(
      url,
      `SELECT ${Object.keys(WANTED)
        .map((name) => `current_setting('${name}') AS "${name}"`)
        .join(', ')}`,
    )
  )[0];
const schemaOfTasks = async (url: string) =>
  (
    await query<{ schema: string }>(
      url,
      "SELECT relnamespace::regnamespace::text AS schema FROM pg_class WHERE oid = to_regclass('tasks')",
    )
  )[0]?.schema;

test('a database with its own settings does not change ours', async () => {
  for (const [name, value] of Object.entries(HOSTILE)) {
    await admin.query(
      `ALTER DATABASE ${server.name} SET ${name} TO '${value}'`.replace("'German, DMY'", 'German, DMY'),
    );
  }
  expect(await settingsOf(server.url)).toEqual(WANTED);
});

test('neither does a role with its own settings, nor options in the URL, which are kept', async () => {
  const role = await createRole();
  await admin.query(`ALTER ROLE ${role} SET TimeZone TO 'Asia/Kolkata'`);
  const url = asRole(role, '?options=-c%20DateStyle%3DGerman%20-c%20statement_timeout%3D54321');
  expect(await settingsOf(url)).toEqual(WANTED);
  expect(await query(url, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '54321ms' }]);
});

test('a pooler that knows no startup options can be used', async () => {
  const pooler = await startPooler(new URL(server.url));
  try {
    expect(await settingsOf(pooler.url)).toEqual(WANTED);
  } finally {
    await pooler.close();
  }
});

test('?schema= is where the tables are, and nowhere else', async () => {
  const url = `${server.url}?schema=own%20schema`;
  expect((await migrate(url)).length).toBeGreaterThan(0);
  expect(await migrate(url)).toEqual([]);
  expect(await pendingMigrations(url)).toEqual([]);
  expect(await schemaOfTasks(url)).toBe('"own schema"');
  const elsewhere = "SELECT count(*)::int AS tables FROM pg_class WHERE relnamespace = 'public'::regnamespace";
  expect(await query(url, elsewhere)).toEqual([{ tables: 0 }]);
});

test("two deployments in two schemas of one database do not take each other's tables", async () => {
  await migrate(server.url);
  const url = `${server.url}?schema=second`;
  expect(await schemaOfTasks(url)).toBeUndefined();
  expect((await pendingMigrations(url)).length).toBeGreaterThan(0);
  await migrate(url);
  expect(await schemaOfTasks(url)).toBe('second');
  expect(await schemaOfTasks(server.url)).toBe('public');
});

test('a schema called like the user works, created before the tables or after them', async () => {
  const before = await createRole();
  await admin.query(`CREATE SCHEMA AUTHORIZATION ${before}`);
  expect((await migrate(asRole(before))).length).toBeGreaterThan(0);
  expect(await migrate(asRole(before))).toEqual([]);
  expect(await schemaOfTasks(asRole(before))).toBe(before);

  await migrate(server.url);
  const after = await createRole();
  await admin.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${after}`);
  await admin.query(`CREATE SCHEMA AUTHORIZATION ${after}`);
  expect(await pendingMigrations(asRole(after))).toEqual([]);
  expect(await schemaOfTasks(asRole(after))).toBe('public');
});

interface Pooler {
  readonly url: string;
  close(): Promise<void>;
}

/** The parameters that PgBouncer tracks; it refuses others. */
const TRACKED = ['user', 'database', 'client_encoding', 'application_name'];

/** Passes connections on to PostgreSQL, as PgBouncer does in session mode, unless they start with other parameters. */
async function startPooler({ hostname, port, pathname, username }: URL): Promise<Pooler> {
  const sockets = new Set<Socket>();
  const pooler: Server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.once('data', (startup) => {
      const words = startup.subarray(8).toString().split('\0');
      const unknown = words.filter((word, at) => at % 2 === 0 && word !== '').find((name) => !TRACKED.includes(name));
      if (unknown !== undefined) return void client.end(refusal(`unsupported startup parameter: ${unknown}`));
      const backend = openSocket({ host: hostname, port: Number(port || 5432) });
      sockets.add(backend);
      backend.on('error', () => undefined);
      backend.write(startup);
      client.pipe(backend).pipe(client);
    });
  });
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve));
  const address = pooler.address();
  const at = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `postgresql://${username}@127.0.0.1:${at}${pathname}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => pooler.close(resolve));
    },
  };
}

function refusal(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
