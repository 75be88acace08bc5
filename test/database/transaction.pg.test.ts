import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, type DatabasePool, openDatabase, sql, transaction } from '../../src/database/client.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let database: DatabasePool;

beforeAll(async () => {
  server = await freshDatabase();
  // A second connection of the pool shows what other sessions see.
  database = openDatabase(server.url, 2);
});
afterAll(async () => {
  await database.close();
  await server.drop();
});
beforeEach(async () => {
  await database.execute(sql`TRUNCATE tasks, sync_outbox`);
});

const titles = async (db: Database = database) =>
  (await db.query<{ title: string }>(sql`SELECT title FROM tasks ORDER BY title`)).map(({ title }) => title);
/** The titles of the rows whose edits the sync is to send. */
const edited = async (db: Database = database) =>
  (
    await db.query<{ title: string }>(
      sql`SELECT t.title FROM sync_outbox o JOIN tasks t ON t.id = o.record_id ORDER BY t.title`,
    )
  ).map(({ title }) => title);
const insert = (db: Database, title: string) => db.execute(sql`INSERT INTO tasks (title) VALUES (${title})`);
const fail = async () => {
  throw new Error('a fault of ours');
};

describe('values', () => {
  test('come back as dates, bigints, text and parsed JSON', async () => {
    const [row] = await database.query(sql`
      SELECT timestamptz '2026-03-01T10:00:00Z' AS instant, date '2026-03-01' AS day, time '09:30' AS time,
             9007199254740993::bigint AS big, 1.50::numeric AS numeric, 2.5::float8 AS float, '{"a": [1]}'::jsonb AS json,
             ARRAY['a', 'b'] AS texts, ${['00000000-0000-4000-8000-000000000001']}::uuid[] AS ids, ${null}::text AS nothing`);
    expect(row).toEqual({
      instant: new Date('2026-03-01T10:00:00Z'),
      ...{ day: '2026-03-01', time: '09:30:00', big: 9007199254740993n, numeric: '1.50', float: 2.5 },
      json: { a: [1] },
      ...{ texts: ['a', 'b'], ids: ['00000000-0000-4000-8000-000000000001'], nothing: null },
    });
  });
});

describe('a transaction', () => {
  test('of the sync is committed whole, and is not a user’s edit', async () => {
    const written = await transaction(database, { as: 'sync' }, (tx) =>
      tx.execute("INSERT INTO tasks (title) SELECT 'Task ' || n FROM generate_series(1, $1::int) n", [2]),
    );
    expect(written).toBe(2);
    expect(await titles()).toEqual(['Task 1', 'Task 2']);
    expect(await edited()).toEqual([]);
  });

  test('of a user is an edit', async () => {
    await transaction(database, { as: 'user' }, (tx) => insert(tx, 'Mine'));
    expect(await edited()).toEqual(['Mine']);
  });

  test('is rolled back when the work fails, and gives its connection back', async () => {
    const failing = transaction(database, { as: 'sync' }, async (tx) => {
      await insert(tx, 'Lost');
      await fail();
    });
    await expect(failing).rejects.toThrow('a fault of ours');
    expect(await titles()).toEqual([]);
  });

  test('that ignores a failed statement is not reported as committed', async () => {
    const failing = transaction(database, { as: 'sync' }, async (tx) => {
      await insert(tx, 'Lost');
      await tx.query('SELECT 1 / $1::int', [0]).catch(() => undefined);
    });
    await expect(failing).rejects.toThrow('its error was ignored');
    expect(await titles()).toEqual([]);
  });

  test('whose connection breaks is retryable, on another connection', async () => {
    const failing = transaction(database, { as: 'sync' }, (tx) =>
      tx.query(sql`SELECT pg_terminate_backend(pg_backend_pid())`),
    );
    await expect(failing).rejects.toMatchObject({ name: 'RetryableError', code: 'database_unavailable' });
    expect(await titles()).toEqual([]);
  });

  test('that is read-only cannot write', async () => {
    const writing = transaction(database, { as: 'readonly' }, (tx) => insert(tx, 'Changed'));
    await expect(writing).rejects.toThrow(/read-only transaction/);
    expect(await titles()).toEqual([]);
  });
});

describe('a nested transaction', () => {
  test('that fails takes back its own writes only', async () => {
    await transaction(database, { as: 'user' }, async (tx) => {
      await insert(tx, 'Kept');
      const failing = transaction(tx, { as: 'user' }, async (nested) => {
        await insert(nested, 'Lost');
        await nested.query('SELECT 1 / $1::int', [0]);
      });
      await expect(failing).rejects.toMatchObject({ name: 'RecordError' });
      await insert(tx, 'Kept as well');
    });
    expect(await titles()).toEqual(['Kept', 'Kept as well']);
  });

  test('writes in its own name, and the outer one goes on in its own', async () => {
    await transaction(database, { as: 'user' }, async (tx) => {
      await transaction(tx, { as: 'sync' }, (nested) => insert(nested, 'By the sync'));
      await insert(tx, 'By a user');
    });
    await transaction(database, { as: 'sync' }, async (tx) => {
      await transaction(tx, { as: 'user' }, (nested) => insert(nested, 'Also by a user'));
      await insert(tx, 'Also by the sync');
    });
    expect(await titles()).toHaveLength(4);
    expect(await edited()).toEqual(['Also by a user', 'By a user']);
  });

  test('that is read-only leaves the outer one able to write', async () => {
    await transaction(database, { as: 'user' }, async (tx) => {
      const writing = transaction(tx, { as: 'readonly' }, (nested) => insert(nested, 'Lost'));
      await expect(writing).rejects.toThrow(/read-only transaction/);
      expect(await transaction(tx, { as: 'readonly' }, titles)).toEqual([]);
      await insert(tx, 'Kept');
    });
    expect(await titles()).toEqual(['Kept']);
  });
});

describe('a transaction with rollback', () => {
  test('takes back single statements and batches of every kind, which saw one another', async () => {
    const seen = await transaction(database, { as: 'rollback' }, async (tx) => {
      await insert(tx, 'Single');
      await transaction(tx, { as: 'sync' }, (nested) => insert(nested, 'By the sync'));
      await transaction(tx, { as: 'user' }, (nested) => insert(nested, 'By a user'));
      await transaction(tx, { as: 'user' }, (nested) =>
        transaction(nested, { as: 'sync' }, (innermost) => insert(innermost, 'Deeper')),
      );
      expect(await titles()).toEqual([]);
      return { titles: await titles(tx), edited: await edited(tx) };
    });
    expect(seen).toEqual({
      titles: ['By a user', 'By the sync', 'Deeper', 'Single'],
      edited: ['By a user', 'Single'],
    });
    expect(await titles()).toEqual([]);
    expect(await edited()).toEqual([]);
  });

  test('takes back only its own writes when it is nested', async () => {
    await transaction(database, { as: 'user' }, async (tx) => {
      await transaction(tx, { as: 'rollback' }, (nested) => insert(nested, 'Lost'));
      await insert(tx, 'Kept');
    });
    expect(await titles()).toEqual(['Kept']);
  });

  test('takes back everything when the work fails', async () => {
    const failing = transaction(database, { as: 'rollback' }, async (tx) => {
      await transaction(tx, { as: 'sync' }, (nested) => insert(nested, 'Lost'));
      await fail();
    });
    await expect(failing).rejects.toThrow('a fault of ours');
    expect(await titles()).toEqual([]);
  });
});
