import { afterAll, beforeAll, expect, test } from 'vitest';
import { Claims } from '../../src/database/claims.ts';
import { usesTransactionPooling } from '../../src/database/transaction-pooling.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { startTransactionPooler } from '../support/transaction-pooler.ts';

let server: TestDatabase;
beforeAll(async () => {
  server = await emptyDatabase();
});
afterAll(() => server.drop());

test('a pooler that gives each transaction another session is noticed, and PostgreSQL itself is none', async () => {
  expect(await usesTransactionPooling(server.url)).toBe(false);
  const pooler = await startTransactionPooler(server.url);
  try {
    expect(await usesTransactionPooling(pooler.url)).toBe(true);
    const claims = new Claims(pooler.url);
    await expect(
      claims.hold('tasks', { signal: new AbortController().signal }, async () => undefined),
    ).rejects.toMatchObject({
      name: 'FinalError',
      code: 'transaction_pooling',
      message: expect.stringMatching(/session pooling/),
    });
    await claims.close();
  } finally {
    await pooler.close();
  }
});

test('a server that does not answer is no pooler', async () => {
  await expect(usesTransactionPooling('postgresql://nobody@127.0.0.1:1/none')).rejects.toMatchObject({
    code: 'database_unavailable',
  });
});
