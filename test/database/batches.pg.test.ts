import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryOnce, readTransaction, syncTransaction } from '../../src/database/batches.ts';
import { type Database, openDatabase } from '../../src/database/client.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase(server.url, 1);
});
afterAll(async () => {
  await database.$disconnect();
  await server.drop();
});

const titles = async () =>
  (await queryOnce<{ title: string }>(database, 'SELECT title FROM tasks ORDER BY title', [])).map(
    ({ title }) => title,
  );

describe('a batch', () => {
  test('is written whole, and not as a user’s edit', async () => {
    const written = await syncTransaction(database, (batch) =>
      batch.execute("INSERT INTO tasks (title) SELECT 'Task ' || n FROM generate_series(1, $1::int) n", [2]),
    );
    expect(written).toBe(2);
    expect(await titles()).toEqual(['Task 1', 'Task 2']);
    expect(await queryOnce(database, 'SELECT 1 FROM sync_outbox', [])).toEqual([]);
  });

  test('is not written at all when something in it fails, and gives its connection back', async () => {
    const failing = syncTransaction(database, async (batch) => {
      await batch.execute("INSERT INTO tasks (title) VALUES ('Lost')");
      throw new Error('a fault of ours');
    });
    await expect(failing).rejects.toThrow('a fault of ours');
    expect(await titles()).toEqual(['Task 1', 'Task 2']);
  });

  test('that goes on after a refused statement does not pass for written', async () => {
    const failing = syncTransaction(database, async (batch) => {
      await batch.execute("INSERT INTO tasks (title) VALUES ('Lost')");
      await batch.query('SELECT 1 / $1::int', [0]).catch(() => undefined);
    });
    await expect(failing).rejects.toThrow('nobody said so');
    expect(await titles()).toEqual(['Task 1', 'Task 2']);
  });

  test('whose connection breaks is to be tried again, on another one', async () => {
    const failing = syncTransaction(database, (batch) => batch.query('SELECT pg_terminate_backend(pg_backend_pid())'));
    await expect(failing).rejects.toMatchObject({ name: 'RetryableError', code: 'database_unavailable' });
    expect(await titles()).toEqual(['Task 1', 'Task 2']);
  });

  test('of a dry run is refused any write', async () => {
    const writing = readTransaction(database, (batch) => batch.execute("UPDATE tasks SET title = 'Changed'"));
    await expect(writing).rejects.toThrow(/read-only transaction/);
    expect(await titles()).toEqual(['Task 1', 'Task 2']);
  });
});
