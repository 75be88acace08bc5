import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { databaseError } from '../../src/database/database-error.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let owner: pg.Client;
const role = `lockstep_test_${randomBytes(6).toString('hex')}`;
beforeEach(async () => {
  server = await freshDatabase();
  owner = new pg.Client({ connectionString: server.url });
  await owner.connect();
});
afterEach(async () => {
  await owner.end();
  await server.drop();
  const admin = new pg.Client({ connectionString: inject('databaseUrl') });
  await admin.connect();
  await admin.query(`DROP ROLE IF EXISTS ${role}`);
  await admin.end();
});

async function failureOf(url: string, statement: string): Promise<{ code: string; message: string; name: string }> {
  const database = openDatabase(url, 1);
  try {
    await database.query(statement);
  } catch (error) {
    return error as { code: string; message: string; name: string };
  } finally {
    await database.close();
  }
  return expect.fail('nothing failed');
}
const withParameters = (change: (url: URL) => void): string => {
  const url = new URL(server.url);
  change(url);
  return url.href;
};

test.each(['P0001', '42703', 'ABC12', '42501'])(
  "%s of an owner's trigger is about its row, and is named",
  async (state) => {
    await owner.query(`CREATE FUNCTION owners_rule() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'not like this' USING ERRCODE = '${state}'; END $$;
    CREATE TRIGGER owners_rule BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION owners_rule()`);
    expect(await failureOf(server.url, "INSERT INTO tags (name) VALUES ('a')")).toMatchObject({
      name: 'RecordError',
      code: 'refused_by_sql',
      message: 'PostgreSQL refused the values: not like this (in the function owners_rule)',
    });
  },
);

test('a read-only database stops the sync with what to do', async () => {
  await owner.query(`ALTER DATABASE ${server.name} SET default_transaction_read_only TO on`);
  expect(await failureOf(server.url, "INSERT INTO tags (name) VALUES ('a')")).toMatchObject({
    name: 'FinalError',
    code: 'refused_by_database',
    message: expect.stringMatching(/read-only transaction: connect to the primary/),
  });
});

test('row level security is named, and no row is hidden', async () => {
  await owner.query(`CREATE ROLE ${role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
    INSERT INTO tags (name) VALUES ('a'); ALTER TABLE tags ENABLE ROW LEVEL SECURITY`);
  const url = withParameters((to) => {
    to.username = role;
  });
  for (const statement of ['SELECT * FROM tags', "UPDATE tags SET name = 'b'"]) {
    expect(await failureOf(url, statement)).toMatchObject({
      name: 'FinalError',
      code: 'row_level_security',
      message: expect.stringMatching(/BYPASSRLS/),
    });
  }
  await owner.query(`DROP OWNED BY ${role}`);
});

test('an unknown database is no outage', async () => {
  const url = withParameters((to) => {
    to.pathname = '/lockstep_no_such';
  });
  expect(await failureOf(url, 'SELECT 1')).toMatchObject({
    name: 'FinalError',
    code: 'refused_by_database',
    message: expect.stringMatching(/does not exist: create the database/),
  });
});

test.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])(
  'a certificate that nobody has signed says what to do: %s',
  (code) => {
    const failure = databaseError(Object.assign(new Error('self-signed certificate'), { code }));
    expect(failure).toMatchObject({
      name: 'FinalError',
      code: 'certificate_refused',
      message: expect.stringMatching(/self-signed certificate.*sslrootcert=.*sslmode=no-verify/),
    });
  },
);

test('sslmode that the server cannot satisfy says what to do, in one line', async () => {
  const failure = await failureOf(`${server.url}?sslmode=verify-full`, 'SELECT 1');
  expect(failure).toMatchObject({ name: 'FinalError', code: 'certificate_refused' });
  expect(failure.message).toMatch(/sslrootcert=.*sslmode=no-verify|sslmode=disable/);
  expect(failure.message).not.toContain('\n');
});
