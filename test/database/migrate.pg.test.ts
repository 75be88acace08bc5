import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drift, migrate } from '../../src/database/migrate.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const all = readdirSync('prisma/migrations')
  .filter((name) => /^\d/.test(name))
  .sort();

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await emptyDatabase();
  folder = mkdtempSync(join(tmpdir(), 'lockstep-migrations-'));
  cpSync('prisma/migrations', folder, { recursive: true });
});
afterEach(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function addMigration(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  it('applies missing migrations once', async () => {
    expect(await migrate(database.url)).toEqual(all);
    expect(await migrate(database.url)).toEqual([]);
  });

  it("keeps Prisma's own bookkeeping", async () => {
    await migrate(database.url);
    const books = await query(
      'SELECT migration_name, applied_steps_count, rolled_back_at FROM _prisma_migrations ORDER BY 1',
    );
    expect(books).toEqual(all.map((name) => ({ migration_name: name, applied_steps_count: 1, rolled_back_at: null })));
  });

  it('creates a database that matches schema.prisma', async () => {
    await migrate(database.url);
    expect(await drift(database.url)).toBe('');
    await query('ALTER TABLE tasks ADD COLUMN surprise text');
    expect(await drift(database.url)).toContain('surprise');
  });

  it('is safe to run concurrently', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url)));
    expect(applied.flat()).toEqual(all);
  });

  it('waits for another migration longer than the engine itself would', async () => {
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(72707369)');
    const migrating = migrate(database.url);
    await expect
      .poll(() => query('SELECT FROM pg_locks WHERE locktype = $$advisory$$ AND NOT granted'))
      .toHaveLength(1);
    await holder.end();
    expect(await migrating).toEqual(all);
  });

  it('accepts semicolons in comments and in functions', async () => {
    addMigration(
      '20270101000000_semicolons',
      `-- first; second
       CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN n := n * 2; RETURN n; END $$;
       -- last; without an end`,
    );
    await migrate(database.url, folder);
    expect(await query('SELECT twice(21)')).toEqual([{ twice: 42 }]);
  });

  it('applies a migration completely or not at all, reports the reason in one line, and tries again', async () => {
    addMigration('20270101000000_bad', 'CREATE TABLE half (a int);\nSELECT nonsense FROM half;');
    const failure = migrate(database.url, folder);
    await expect(failure).rejects.toMatchObject({
      code: 'migration_failed',
      message: 'migration 20270101000000_bad failed and changed nothing: column "nonsense" does not exist',
    });
    expect(await query("SELECT to_regclass('half') AS half, to_regclass('tasks') IS NOT NULL AS tasks")).toEqual([
      { half: null, tasks: true },
    ]);
    addMigration('20270101000000_bad', 'CREATE TABLE whole (a int);');
    expect(await migrate(database.url, folder)).toEqual(['20270101000000_bad']);
  });

  it('resumes where a killed process stopped', async () => {
    addMigration('20270101000000_later', 'CREATE TABLE later (a int);');
    await migrate(database.url);
    await query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', '20270101000000_later')`,
    );
    expect(await migrate(database.url, folder)).toEqual(['20270101000000_later']);
  });

  it('reports an unreachable PostgreSQL in one line, without the password', async () => {
    const failure = migrate('postgresql://somebody:s3cret@127.0.0.1:1/lockstep');
    await expect(failure).rejects.toMatchObject({
      code: 'database_unavailable',
      message: 'PostgreSQL did not answer: connect ECONNREFUSED 127.0.0.1:1',
    });
  });
});
