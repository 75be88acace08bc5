import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { findRecord } from '../../../src/operations/history/find-record.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const MILK = 'aaaa1111-0000-4000-8000-000000000001';
const BREAD = 'aaaa2222-0000-4000-8000-000000000002';
const PAGE = 'fedc1111-0000-4000-8000-000000000001';

describe('a record', () => {
  let server: TestDatabase;
  let database: DatabasePool;
  beforeAll(async () => {
    server = await freshDatabase();
    database = openDatabase(server.url, 1);
    await database.query(
      `INSERT INTO tasks (id, title, notion_page_id) VALUES ('${MILK}', 'Buy milk', '${PAGE}'),
         ('${BREAD}', 'Buy bread', DEFAULT), (gen_random_uuid(), 'Twice', DEFAULT), (gen_random_uuid(), 'twice', DEFAULT)`,
    );
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  test.each([
    ['its id', MILK, MILK],
    ['its page id', PAGE, MILK],
    ['a link to its page', `https://www.notion.so/Buy-milk-${PAGE.replaceAll('-', '')}?pvs=4`, MILK],
    ['its title, in any case', 'buy BREAD', BREAD],
    ['the beginning of its id', 'aaaa2', BREAD],
    ['the beginning of its page id', 'FEDC', MILK],
  ])('is found by %s', async (_, text, id) => {
    expect(await findRecord(database, tasks, text)).toBe(id);
  });

  test('must be the only one', async () => {
    await expect(findRecord(database, tasks, 'Twice')).rejects.toMatchObject({
      code: 'row_ambiguous',
      message: expect.stringMatching(
        /^"Twice" can be \S+ "Twice", \S+ "twice"|"twice", \S+ "Twice" of tasks: use an id$/,
      ),
    });
    await expect(findRecord(database, tasks, 'aaaa')).rejects.toMatchObject({ code: 'row_ambiguous' });
  });

  test.each(['Buy', 'aaa', "'; DROP TABLE tasks; --", '%'])('is not guessed from "%s"', async (text) => {
    await expect(findRecord(database, tasks, text)).rejects.toMatchObject({ code: 'row_unknown' });
  });
});
