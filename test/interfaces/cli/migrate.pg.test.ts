import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyFolder, runCli } from '../../support/cli.ts';
import { emptyDatabase, type TestDatabase } from '../../support/database.ts';

let folder: ReturnType<typeof emptyFolder>;
let database: TestDatabase;

beforeEach(async () => {
  folder = emptyFolder();
  database = await emptyDatabase();
  define('number');
});
afterEach(async () => {
  folder.remove();
  await database.drop();
});

const define = (kind: 'number' | 'rich_text'): void => {
  const fields = { titulo: { kind: 'title', property: 'Título' }, paginas: { kind, property: 'Páginas' } };
  const libros = { name: 'libros', databaseId: '2f865bc2-3a65-80d9-b631-eef92b30c5ce', title: 'Libros', fields };
  writeFileSync(join(folder.path, 'lockstep.config.json'), JSON.stringify({ entities: ['tags', libros] }));
};
const migrate = (...args: string[]) => runCli(['migrate', ...args], folder.path, { DATABASE_URL: database.url });
const preview = async () => {
  const { code, stdout, stderr } = await migrate('--dry-run', '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};
const query = async (text: string) => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
};
const tables = () => query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
const file = () => join(folder.path, 'migrations', '0001_libros.sql');

describe('a dry run for an empty database', () => {
  test('prints the file that lockstep migrate then writes, and writes nothing', async () => {
    const planned = await preview();
    expect(planned).toMatchObject({
      lockstep: expect.arrayContaining([expect.stringMatching(/^\d{14}_/)]),
      pending: [],
      next: { file: '0001_libros.sql', sql: expect.stringContaining('CREATE TABLE libros (') },
    });
    expect(await tables()).toEqual([]);
    expect(existsSync(file())).toBe(false);
    expect(await migrate()).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(file(), 'utf8')).toBe(planned.next.sql);
    expect(await preview()).toMatchObject({ lockstep: [], pending: [], next: null });
  });

  test('lists the files of another database, whose effect is not known before', async () => {
    await migrate();
    await database.drop();
    database = await emptyDatabase();
    expect(await preview()).toMatchObject({ pending: ['0001_libros.sql'], entities: [], next: null });
    const { code, stdout } = await migrate('--dry-run');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^First: \d+ migrations of Lockstep: .*\nFirst: migrations\/0001_libros\.sql\.\nNothing/),
    ]);
    expect(await tables()).toEqual([]);
    expect(await migrate()).toMatchObject({ code: 0 });
    expect(await query('SELECT paginas FROM libros')).toEqual([]);
  });

  test("says what an owner's table gets, or why it is refused", async () => {
    await query('CREATE TABLE libros (id uuid PRIMARY KEY, titulo text)');
    expect(await preview()).toMatchObject({
      next: { sql: expect.stringMatching(/^ALTER TABLE libros ADD COLUMN paginas double precision;$/m) },
    });
    await query('ALTER TABLE libros DROP COLUMN id, ADD COLUMN id bigint PRIMARY KEY');
    expect(await preview()).toMatchObject({
      entities: [{ entity: 'libros', refused: [expect.stringContaining('libros.id is bigint, and the definition')] }],
      next: null,
    });
    expect(
      await query('SELECT column_name FROM information_schema.columns WHERE table_name = $$libros$$'),
    ).toHaveLength(2);
  });
});

test('a refused change of type is listed as JSON by a dry run, and fails without one', async () => {
  await migrate();
  define('rich_text');
  const statements =
    'DROP VIEW IF EXISTS active_libros; ALTER TABLE libros ALTER COLUMN paginas TYPE text USING paginas::text';
  const reason = `libros.paginas is double precision, and the definition needs text: ${statements}`;
  expect(await preview()).toEqual({
    lockstep: [],
    pending: [],
    entities: expect.arrayContaining([expect.objectContaining({ entity: 'libros', refused: [reason] })]),
    next: null,
  });
  expect(await migrate()).toEqual({
    code: 1,
    stdout: expect.any(String),
    stderr: `lockstep: nothing was changed: ${reason}\n`,
  });
  expect(await migrate('--json')).toEqual({
    code: 78,
    stdout: '',
    stderr: 'lockstep: --json prints a dry run: use it with --dry-run\n',
  });
  await query(statements);
  expect(await migrate()).toMatchObject({ code: 0, stderr: '' });
});
