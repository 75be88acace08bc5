import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../src/database/client.ts';
import { entityStore } from '../../src/database/entity-store.ts';
import { type NotionField, notionFields } from '../../src/entities/define.ts';
import { entities } from '../../src/entities/index.ts';
import { canonicalValue, decodeProperty } from '../../src/notion/properties.ts';
import type { Fields, Value } from '../../src/sync/types.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { pageProperties, sqlValues } from './generators.ts';
import { zone } from './support.ts';

let server: TestDatabase;
let database: DatabasePool;
/** A user's own connection. */
let user: pg.Pool;

beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase(server.url, 4);
  user = new pg.Pool({ connectionString: server.url, max: 1 });
});
afterAll(async () => {
  await user.end();
  await database.close();
  await server.drop();
});

type NamedField = readonly [string, NotionField];

/** A hundred rows with independent fields. */
const rowsOf = (fields: readonly NamedField[], arbitraryOf: (field: NotionField) => fc.Arbitrary<Value>) =>
  fc.array(fc.record(Object.fromEntries(fields.map(([name, field]) => [name, arbitraryOf(field)]))), {
    minLength: 100,
    maxLength: 100,
  }) as fc.Arbitrary<readonly Fields[]>;

const inNotion = (field: NotionField): fc.Arbitrary<Value> =>
  pageProperties(field).map((property) => decodeProperty(field, property, zone).value);

const canonical = (fields: readonly NamedField[], row: Fields): Fields =>
  Object.fromEntries(fields.map(([name, field]) => [name, canonicalValue(field, row[name] ?? null, zone)]));

const threeBatches = { numRuns: 3, endOnFailure: true };

describe.each(entities.map((entity) => [entity.name, entity] as const))('%s', (_, entity) => {
  const fields = notionFields(entity);
  const readBack = async (recordIds: readonly string[]): Promise<Fields[]> => {
    const records = await entityStore(database, entity, 'cycle-1').transaction((tx) => tx.findById(recordIds));
    const rows = new Map(records.map(({ recordId, row }) => [recordId, row?.fields ?? {}]));
    return recordIds.map((id) => canonical(fields, rows.get(id) ?? {}));
  };

  test('values from Notion are read back as written', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf(fields, inNotion), async (rows) => {
        const writes = rows.map((row) => {
          const recordId = randomUUID();
          const at = new Date('2026-03-01T10:00:00Z');
          const page = { remoteId: `page-${recordId}`, remoteEditedAt: at, createdAt: at };
          return { recordId, row: { ...page, fields: row, archived: false } };
        });
        await entityStore(database, entity, 'cycle-1').transaction((tx) => tx.write(writes));
        expect(await readBack(writes.map(({ recordId }) => recordId))).toEqual(rows);
      }),
      threeBatches,
    );
  });

  test('values written by SQL are read as written', async () => {
    const columns = fields.filter(([, { kind }]) => kind !== 'relation_one' && kind !== 'relation_many');
    await fc.assert(
      fc.asyncProperty(rowsOf(columns, storable), async (rows) => {
        const ids: string[] = [];
        for (const row of rows) {
          const id = randomUUID();
          const values = Object.entries(row).flatMap(([name, value]) => columnsOf(columns, name, value));
          await user.query(
            `INSERT INTO ${entity.table} (id${values.map(([name]) => `, ${name}`).join('')})
             VALUES ($1${values.map((_, n) => `, $${n + 2}`).join('')})`,
            [id, ...values.map(([, value]) => value)],
          );
          ids.push(id);
        }
        const links = Object.fromEntries(
          fields.map(([name, { kind }]) => [name, kind === 'relation_many' ? [] : null]),
        );
        expect(await readBack(ids)).toEqual(rows.map((row) => canonical(fields, { ...links, ...row })));
      }),
      threeBatches,
    );
  });
});

/** Values that a column accepts and returns in the same form: no date beyond PostgreSQL's calendar. */
const storable = (field: NotionField): fc.Arbitrary<Value> =>
  sqlValues(field).filter(
    (value) => (field.kind !== 'date' && field.kind !== 'timestamp') || !/infinity|BC$|^\d{5}/.test(String(value)),
  );

/** A title is never null; the time of a date may have its own column. */
function columnsOf(columns: readonly NamedField[], name: string, value: Value): [string, Value][] {
  const field = columns.find(([other]) => other === name)?.[1];
  if (field?.kind === 'title') return [[name, value ?? '']];
  if (field?.kind !== 'date' || field.timeColumn === undefined || typeof value !== 'string') return [[name, value]];
  const [day = '', time = null] = value.split('T');
  return [
    [name, day],
    [field.timeColumn, time],
  ];
}
