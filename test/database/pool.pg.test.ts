import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql, transaction } from '../../src/database/client.ts';
import type { PoolWait } from '../../src/database/pool.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const SIZE = 2;
const waits: PoolWait[] = [];
let server: TestDatabase;
let database: DatabasePool;

beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase(server.url, SIZE, (wait) => waits.push(wait));
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

test('many more transactions than connections all complete, and the wait is reported once', async () => {
  const backends = await Promise.all(
    Array.from({ length: 50 }, () =>
      transaction(database, { as: 'user' }, async (tx) => {
        const [backend] = await tx.query<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
        return backend?.pid;
      }),
    ),
  );
  expect(backends).toHaveLength(50);
  expect(new Set(backends).size).toBeLessThanOrEqual(SIZE);
  expect(waits).toHaveLength(1);
  expect(waits[0]).toMatchObject({ size: SIZE });
  expect(waits[0]?.waiting).toBeGreaterThan(0);
});
