import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isReservedTable, SQL_WORDS } from '../../../../src/definition/reserved-words.ts';
import { takenNames } from '../../../../src/operations/setup/propose/read-proposals.ts';
import { migrationOf } from '../../../../src/operations/tables/plan-tables.ts';
import { freshDatabase, type TestDatabase } from '../../../support/database.ts';
import { optionsNamed, propose } from './support.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test("the list of SQL keywords equals PostgreSQL's", async () => {
  const { rows } = await client.query<{ word: string }>(
    "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')",
  );
  expect(rows.map(({ word }) => word).filter((word) => !SQL_WORDS.has(word))).toEqual([]);
});

test("the product's own tables are reserved, so that no definition adopts one", () => {
  const tables = [...readFileSync('prisma/schema.prisma', 'utf8').matchAll(/@@map\("(\w+)"\)/g)].map(
    ([, name = '']) => name,
  );
  const ofEntities = takenNames([]);
  expect(tables.length).toBeGreaterThan(40);
  expect(tables.filter((name) => !ofEntities.has(name) && !isReservedTable(name))).toEqual([]);
});

test('tables with the longest names, defaults that need quotes and every SQL keyword are created', async () => {
  const long = 'a relation with a name that goes on and on';
  const { entity } = propose(
    {
      Name: { title: {} },
      Status: {
        status: { options: optionsNamed(`it's "so" \\ far`), groups: [{ option_ids: [`id of it's "so" \\ far`] }] },
      },
      [long]: { relation: { data_source_id: 'people source', type: 'single_property', single_property: {} } },
      [`${long}!`]: { relation: { data_source_id: 'people source', type: 'single_property', single_property: {} } },
      'Next one': { relation: { data_source_id: 'own', type: 'single_property', single_property: {} } },
      Owned: { checkbox: {} },
      Topics: { multi_select: { options: [] } },
      Readers: { people: {} },
      Cover: { files: {} },
      ...Object.fromEntries([...SQL_WORDS].map((word) => [word, { checkbox: {} }])),
    },
    { name: 'things_with_thirty_characters_', toOne: ['Next one'] },
  );
  await client.query(migrationOf({ ...entity, table: entity.name }));
  await client.query('INSERT INTO things_with_thirty_characters_ DEFAULT VALUES');
  const { rows } = await client.query('SELECT status, owned, topics FROM active_things_with_thirty_characters_');
  expect(rows).toEqual([{ status: `it's "so" \\ far`, owned: false, topics: [] }]);
});
