import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drift } from '../../../../src/database/migrate.ts';
import { SQL_WORDS } from '../../../../src/operations/setup/add-entity/reserved-words.ts';
import { migrationOf } from '../../../../src/operations/setup/add-entity/write-migration.ts';
import { addToSchema } from '../../../../src/operations/setup/add-entity/write-model.ts';
import { freshDatabase, type TestDatabase } from '../../../support/database.ts';
import { optionsNamed, propose } from './support.ts';

let database: TestDatabase;
let client: pg.Client;
let folder: string;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  folder = mkdtempSync(join(tmpdir(), 'lockstep-schema-'));
});
afterAll(async () => {
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true });
});

test("the list of SQL keywords equals PostgreSQL's", async () => {
  const { rows } = await client.query<{ word: string }>(
    "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')",
  );
  expect(rows.map(({ word }) => word).filter((word) => !SQL_WORDS.has(word))).toEqual([]);
});

test('tables with the longest names, defaults that need quotes and every SQL keyword match their models', async () => {
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
      ...Object.fromEntries([...SQL_WORDS].map((word) => [word, { checkbox: {} }])),
    },
    { name: 'things_with_thirty_characters_', toOne: ['Next one'] },
  );
  await client.query(migrationOf(entity));
  const path = join(folder, 'schema.prisma');
  writeFileSync(path, addToSchema(readFileSync('prisma/schema.prisma', 'utf8'), entity));
  expect(await drift(database.url, path)).toBe('');
  await client.query('INSERT INTO things_with_thirty_characters_ DEFAULT VALUES');
  const { rows } = await client.query('SELECT status FROM active_things_with_thirty_characters_');
  expect(rows).toEqual([{ status: `it's "so" \\ far` }]);
});
