import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syncedFields } from '../../src/entities/define.ts';
import { entities } from '../../src/entities/index.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type ContractField, contract } from './contract.ts';

let server: TestDatabase;
let columns: Map<string, Map<string, Column>>;
let indexes: readonly { table: string; columns: string[]; unique: boolean }[];

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
}

beforeAll(async () => {
  server = await freshDatabase();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<Column>(
    `SELECT table_name AS table, column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable, column_default AS default
       FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  columns = new Map();
  for (const column of rows) {
    const table = columns.get(column.table) ?? new Map<string, Column>();
    columns.set(column.table, table.set(column.name, column));
  }
  const found = await client.query<{ table: string; columns: string[]; unique: boolean }>(
    `SELECT i.indrelid::regclass::text AS table, i.indisunique AS unique,
            ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum ORDER BY k.n) AS columns
       FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace`,
  );
  indexes = found.rows;
  await client.end();
});
afterAll(() => server.drop());

const typesOf = (table: string): Record<string, string> =>
  Object.fromEntries([...(columns.get(table) ?? [])].map(([name, { type }]) => [name, type]));

const isIndexed = (table: string, column: string): boolean =>
  indexes.some((index) => index.table === table && index.columns[0] === column);

const TIMES = ['notion_last_edited_at', 'sql_local_last_edited_at', 'created_at', 'updated_at', 'archived_at'];
const COMMON: Readonly<Record<string, string>> = {
  id: 'uuid',
  notion_page_id: 'text',
  ...Object.fromEntries(TIMES.map((name) => [name, 'timestamp with time zone'])),
};

/** The columns of a contract field. Selects are text, so that new options can be stored. */
function columnsFor({ column, type, timestamp, also }: ContractField): Record<string, string> {
  if (column === undefined) return {};
  if (type === 'relation') return { [column]: 'uuid' };
  if (type === 'number') return { [column]: 'double precision' };
  if (type !== 'date') return { [column]: 'text' };
  if (timestamp) return { [column]: 'timestamp with time zone' };
  return { [column]: 'date', ...(also ? { [also]: 'time without time zone' } : {}) };
}

describe.each(contract.entities)('the table $table', ({ entity, table, fields }) => {
  const stored = fields.filter(({ computed }) => computed === undefined);

  test('has the columns of the contract, of the right types, and no others', () => {
    // The body of a note is not in the contract.
    const body = entity === 'notes' ? { body: 'text' } : {};
    const agreed = Object.assign({}, COMMON, body, ...stored.map(columnsFor));
    expect(typesOf(table)).toEqual(agreed);
    expect(Object.keys(COMMON).sort()).toEqual([...contract.commonColumns].sort());
  });

  test('accepts an INSERT with only a title: other columns are empty or have their default', () => {
    const ours = entities.find(({ name }) => name === entity);
    for (const { column } of stored) {
      if (column === undefined) continue;
      const found = columns.get(table)?.get(column);
      const field = ours?.fields[column];
      const value = field?.kind === 'select' && field.default ? `'${field.default}'::text` : null;
      if (field?.kind !== 'title') expect(found, column).toMatchObject({ nullable: true, default: value });
    }
  });

  test('has the indexes that the contract promises', () => {
    expect(indexes).toContainEqual({ table, columns: ['id'], unique: true });
    expect(indexes).toContainEqual({ table, columns: ['notion_page_id'], unique: true });
    expect(isIndexed(table, 'notion_last_edited_at')).toBe(true);
    expect(isIndexed(table, 'sql_local_last_edited_at')).toBe(true);
  });

  test('has join tables with the own key first, indexed from both ends', () => {
    for (const { joinTable, joinColumns } of stored) {
      if (!joinTable || !joinColumns) continue;
      expect(typesOf(joinTable)).toEqual(Object.fromEntries(joinColumns.map((column) => [column, 'uuid'])));
      expect(indexes).toContainEqual({ table: joinTable, columns: joinColumns, unique: true });
      expect(isIndexed(joinTable, joinColumns[1])).toBe(true);
    }
  });

  test('has a view of active rows with the same columns', () => {
    expect(typesOf(`active_${table}`)).toEqual(typesOf(table));
  });
});

test('calendar_events has the columns of the contract', () => {
  const { table, columns: agreed } = contract.calendarEvents;
  expect(Object.keys(typesOf(table)).sort()).toEqual([...agreed].sort());
});

test.each([
  [
    'sync_run_history',
    `id cycle_id sync_name entity direction status started_at finished_at duration_ms records_processed
     created updated archived conflicts api_requests errors certificate`,
  ],
  [
    'sync_conflicts',
    `id entity record_id notion_page_id cycle_id detected_at winner reason base_version notion_version sql_version resolved_at`,
  ],
  ['oauth_tokens', 'provider account refresh_token access_token expires_at scopes updated_at'],
])('%s has the columns of the contract', (table, names) => {
  expect(Object.keys(typesOf(table)).sort()).toEqual(names.split(/\s+/).sort());
});

test('every declared column exists', () => {
  for (const entity of entities) {
    for (const [name, field] of syncedFields(entity)) {
      if (field.kind !== 'relation_many') expect(typesOf(entity.table), entity.name).toHaveProperty(name);
    }
  }
});
