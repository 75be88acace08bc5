import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../src/database/client.ts';
import { entityStore } from '../../src/database/entity-store.ts';
import { saveDataSource } from '../../src/database/sources.ts';
import { type Entity, relationFields, syncedFields } from '../../src/entities/define.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { LockstepError, RecordError } from '../../src/errors.ts';
import type { Fields, Value } from '../../src/sync/types.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { contractEntities, type StoreUnderTest, storeContract } from './store-contract.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const isRecordError = (error: unknown): boolean => error instanceof RecordError;

let server: TestDatabase;
let database: DatabasePool;
/** A user's own connection. */
let user: pg.Pool;

beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase(server.url, 4);
  user = new pg.Pool({ connectionString: server.url, max: 2, options: '-c DateStyle=ISO' });
});
afterAll(async () => {
  await user.end();
  await database.close();
  await server.drop();
});

const joinTables = contractEntities.flatMap((entity) =>
  relationFields(entity).flatMap(([, field]) => (field.kind === 'relation_many' ? [field.joinTable] : [])),
);
const BOOKS = [
  'sync_state',
  'sync_outbox',
  'creation_intents',
  'pending_links',
  'sync_sources',
  'sync_scan_seen',
  'sync_refresh',
  'sync_conflicts',
];

async function open(): Promise<StoreUnderTest> {
  const tables = [...contractEntities.map(({ table }) => table), ...joinTables, ...BOOKS];
  await user.query(
    `SELECT set_config('lockstep.sync', 'on', true); ${tables.map((table) => `DELETE FROM ${table}`).join('; ')}`,
  );
  for (const entity of contractEntities) {
    const source = { configuredId: entity.databaseId, id: entity.databaseId, properties: {}, syncKey: null };
    await saveDataSource(database, entity, source);
  }
  return {
    of: (entity) => entityStore(database, entity, 'cycle-1'),
    insert: async (entity, { id, remoteId, fields }) => {
      const columns: [string, unknown][] = [
        ...columnsOf(entity, fields),
        ['id', id],
        ['notion_page_id', remoteId ?? null],
      ];
      const { rowCount } = await user.query(
        `INSERT INTO ${entity.table} (${columns.map(([name]) => name).join()})
         VALUES (${columns.map((_, n) => `$${n + 1}`).join()}) ON CONFLICT (notion_page_id) DO NOTHING`,
        columns.map(([, value]) => value),
      );
      if (rowCount === 1) await link(entity, id, fields);
      return rowCount === 1;
    },
    update: async (entity, id, { fields = {}, archived }) => {
      const columns = columnsOf(entity, fields);
      const sets = columns.map(([name], n) => `${name} = $${n + 2}`);
      if (archived !== undefined) sets.push(`archived_at = ${archived ? 'now()' : 'NULL'}`);
      if (sets.length > 0)
        await user.query(`UPDATE ${entity.table} SET ${sets.join()} WHERE id = $1`, [
          id,
          ...columns.map(([, value]) => value),
        ]);
      await link(entity, id, fields);
    },
    remove: async (entity, id) => {
      await user.query(`DELETE FROM ${entity.table} WHERE id = $1`, [id]);
    },
    select: (entity, id) => select(entity, id),
    conflicts: async () => {
      const { rows } = await user.query<{ entity: string; recordId: string; reason: string }>(
        'SELECT entity, record_id AS "recordId", reason FROM sync_conflicts ORDER BY detected_at, record_id',
      );
      return rows;
    },
    close: async () => undefined,
  };
}

/** A user's fields that are columns. */
const columnsOf = (entity: Entity, fields: Fields): [string, Value][] =>
  syncedFields(entity).flatMap(([name, { kind }]) =>
    kind === 'relation_many' || fields[name] === undefined ? [] : [[name, fields[name]]],
  );

async function link(entity: Entity, id: string, fields: Fields): Promise<void> {
  for (const [name, field] of relationFields(entity)) {
    const others = fields[name];
    if (field.kind !== 'relation_many' || !Array.isArray(others)) continue;
    const [own, other] = field.joinColumns;
    await user.query(`DELETE FROM ${field.joinTable} WHERE ${own} = $1`, [id]);
    await user.query(`INSERT INTO ${field.joinTable} (${own}, ${other}) SELECT $1, unnest($2::uuid[])`, [id, others]);
  }
}

async function select(entity: Entity, id: string): Promise<Fields | undefined> {
  const { rows } = await user.query<Record<string, Value>>(`SELECT * FROM ${entity.table} WHERE id = $1`, [id]);
  const [row] = rows;
  if (!row) return undefined;
  const fields = { ...row };
  for (const [name, field] of relationFields(entity)) {
    if (field.kind !== 'relation_many') continue;
    const [own, other] = field.joinColumns;
    const links = await user.query<{ id: string }>(
      `SELECT ${other} AS id FROM ${field.joinTable} WHERE ${own} = $1 ORDER BY 1`,
      [id],
    );
    fields[name] = links.rows.map((found) => found.id);
  }
  return fields;
}

describe("PostgreSQL's tables", () => storeContract(open));

describe('what PostgreSQL refuses', () => {
  const store = () => entityStore(database, tasks, 'cycle-1');
  const write = (fields: Fields, remoteId = 'page-1', recordId = ID): Promise<void> => {
    const row = { remoteId, fields, archived: false, remoteEditedAt: new Date(), createdAt: new Date() };
    return store().transaction((tx) => tx.write([{ recordId, row }]));
  };

  test.each([
    ['a day that does not exist', { title: 'A', due_date: '2026-02-30' }],
    ['a time that does not exist', { title: 'A', due_date: '2026-02-28T25:00:00' }],
    ['an invalid instant', { title: 'A', completed_at: 'soon' }],
    ['a zero byte', { title: 'A\u0000B' }],
  ])('%s is an error of that record', async (_, fields) => {
    await open();
    await expect(write(fields)).rejects.toSatisfy(isRecordError);
    expect(await select(tasks, ID)).toBeUndefined();
  });

  test('a second row for one page is an error of that record', async () => {
    await open();
    await write({ title: 'First' });
    await expect(write({ title: 'Second' }, 'page-1', OTHER)).rejects.toSatisfy(isRecordError);
  });

  test('a wrong statement is not an error of a record', async () => {
    const failure = database.query('SELECT nonsense FROM tasks');
    await expect(failure).rejects.not.toBeInstanceOf(LockstepError);
  });

  test('a row that stays locked is found, with the process that holds it, and is not written', async () => {
    await open();
    await write({ title: 'Before' });
    const other = await user.connect();
    try {
      await other.query('BEGIN');
      await other.query('SELECT FROM tasks WHERE id = $1 FOR UPDATE', [ID]);
      const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const [held] = await store().transaction((tx) => tx.findById([ID]));
      expect(held).toMatchObject({ row: { fields: { title: 'Before' } } });
      expect(held?.lockedBy).toContain(`process ${rows[0]?.pid}`);
      const row = {
        remoteId: 'page-1',
        fields: {},
        archived: false,
        remoteEditedAt: new Date(),
        createdAt: new Date(),
      };
      const writing = store().transaction(async (tx) => {
        await tx.findById([ID]);
        await tx.write([{ recordId: ID, row }]);
      });
      await expect(writing).rejects.toMatchObject({ name: 'RetryableError', code: 'row_locked' });
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
    const [record] = await store().transaction((tx) => tx.findById([ID]));
    expect(record?.row?.fields.title).toBe('Before');
  });

  test('an unreachable server is retryable, and its password is not shown', async () => {
    const nowhere = openDatabase('postgresql://somebody:s3cret@127.0.0.1:1/lockstep', 1);
    const failure = await entityStore(nowhere, tasks, 'cycle-1')
      .readSource()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'RetryableError', code: 'database_unavailable' });
    expect(String(failure)).not.toContain('s3cret');
    await nowhere.close();
  });
});

test('two workers that lock the same rows in opposite orders do not deadlock', async () => {
  await open();
  const store = entityStore(database, tasks, 'cycle-1');
  const row = (remoteId: string) => ({
    remoteId,
    fields: { title: 'A' },
    archived: false,
    remoteEditedAt: new Date(),
    createdAt: new Date(),
  });
  await store.transaction((tx) =>
    tx.write([
      { recordId: ID, row: row('page-1') },
      { recordId: OTHER, row: row('page-2') },
    ]),
  );
  const take = (...ids: string[]) => store.transaction((tx) => tx.findById(ids));
  const both = await Promise.all(
    Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? take(ID, OTHER) : take(OTHER, ID))),
  );
  expect(both.map((records) => records.length)).toEqual(Array.from({ length: 10 }, () => 2));
});
