import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import {
  checkbox,
  date,
  defineEntity,
  type Entity,
  multiSelect,
  number,
  relationToMany,
  relationToOne,
  richText,
  select,
  title,
} from '../../../src/entities/define.ts';
import { entities as builtIn } from '../../../src/entities/index.ts';
import { migrateTables } from '../../../src/operations/tables/migrate-tables.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const own = (name: string, fields: Entity['fields']): Entity =>
  defineEntity({ name, table: name, databaseId: '2f865bc2-3a65-80d9-b631-eef92b30c5ce', title: name, fields });

const autores = own('autores', { nombre: title('Nombre') });
const libros = own('libros', {
  titulo: title('Título'),
  paginas: number('Páginas'),
  leido: date('Leído', { timeColumn: 'leido_hora' }),
  autor_id: relationToOne('Autor', 'autores'),
  temas: relationToMany('Temas', 'tags', 'libro_tags', ['libro_id', 'tag_id']),
});

const LINK = '2f865bc2-3a65-4d9b-b631-eef92b30c5ce';

let test1: TestDatabase;
let database: DatabasePool;
let folder: string;

beforeEach(async () => {
  test1 = await freshDatabase();
  database = openDatabase(test1.url, 2);
  folder = mkdtempSync(join(tmpdir(), 'lockstep-tables-'));
});
afterEach(async () => {
  await database.close();
  await test1.drop();
  rmSync(folder, { recursive: true });
});

const migrated = (entities: readonly Entity[], into = database) =>
  migrateTables(into, { entities: [...builtIn, ...entities], folder, hash: String(entities.length) });
/** As an owner does after a refusal. */
async function runWhatIsPrinted(entities: readonly Entity[]): Promise<void> {
  const { message } = await migrated(entities).then(
    () => expect.fail('nothing was refused'),
    (error: Error) => error,
  );
  const [printed = ''] = /(?:DROP VIEW|ALTER TABLE) .*$/.exec(message) ?? [];
  for (const statement of printed.split('; ')) await database.execute(statement);
}
const files = () => readdirSync(folder).sort();
const outbox = () => database.query('SELECT entity, record_id FROM sync_outbox ORDER BY entity');

describe('the tables of own entities', () => {
  test('are created from a numbered file, once, and note edits', async () => {
    expect(await migrated([libros, autores])).toMatchObject({ applied: ['0001_libros_autores.sql'] });
    expect(await migrated([libros, autores])).toEqual({ applied: [], written: null });
    expect(files()).toEqual(['0001_libros_autores.sql']);
    const [book] = await database.query<{ id: string }>("INSERT INTO libros (titulo) VALUES ('Niebla') RETURNING id");
    expect(await outbox()).toEqual([{ entity: 'libros', record_id: book?.id }]);
    expect(await database.query('SELECT titulo, notion_page_id FROM active_libros')).toEqual([
      { titulo: 'Niebla', notion_page_id: `sql:${book?.id}` },
    ]);
  });

  test('get what a changed definition adds, and keep what it leaves out', async () => {
    await migrated([libros, autores]);
    const { temas: _, paginas: __, ...fields } = libros.fields;
    const changed = own('libros', { ...fields, resumen: richText('Resumen') });
    const { written } = await migrated([changed, autores]);
    expect(written).toEqual({
      file: '0002_libros.sql',
      sql: expect.stringMatching(
        /^ALTER TABLE libros ADD COLUMN resumen text;\n[\s\S]*CREATE OR REPLACE VIEW active_libros AS SELECT \* FROM libros WHERE archived_at IS NULL;\n$/,
      ),
    });
    expect(await database.query('SELECT paginas, resumen FROM active_libros')).toEqual([]);
  });

  test('do not record edits of a column whose field was removed, until it is a field again', async () => {
    await migrated([libros, autores]);
    const { paginas: _, ...fields } = libros.fields;
    await migrated([own('libros', fields), autores]);
    await database.execute("INSERT INTO libros (titulo) VALUES ('Niebla')");
    await database.execute('DELETE FROM sync_outbox');
    const stamps = () => database.query('SELECT sql_local_last_edited_at AS at FROM libros');
    const before = await stamps();
    await database.execute('UPDATE libros SET paginas = 300');
    expect([await outbox(), await stamps()]).toEqual([[], before]);
    await database.execute("UPDATE libros SET paginas = 301, titulo = 'Niebla.'");
    expect(await outbox()).toHaveLength(1);
    await database.execute('DELETE FROM sync_outbox');
    expect(await migrated([own('libros', fields), autores])).toEqual({ applied: [], written: null });
    await migrated([libros, autores]);
    await database.execute('UPDATE libros SET paginas = 302');
    expect(await outbox()).toHaveLength(1);
  });

  test('are not migrated by files that were changed after they were applied', async () => {
    await migrated([autores]);
    const file = join(folder, '0001_autores.sql');
    const applied = readFileSync(file, 'utf8');
    writeFileSync(file, applied.replaceAll('\n', '\r\n'));
    expect(await migrated([autores])).toEqual({ applied: [], written: null });
    writeFileSync(file, `${applied}CREATE INDEX ON autores (nombre);`);
    await expect(migrated([autores])).rejects.toMatchObject({
      code: 'migration_changed',
      message:
        'nothing was changed: migrations/0001_autores.sql is not the file that was applied to this database: restore it, and write the change into a new file',
    });
  });

  test('are the same in another database, from the files alone', async () => {
    await migrated([autores]);
    await migrated([autores, libros]);
    const other = await freshDatabase();
    const second = openDatabase(other.url, 1);
    try {
      const { applied, written } = await migrated([autores, libros], second);
      expect([applied, written]).toEqual([files(), null]);
    } finally {
      await second.close();
      await other.drop();
    }
  });

  test('are not changed in type: what to run is said, nothing is changed, and no file is left', async () => {
    await migrated([libros, autores]);
    const changed = own('libros', { ...libros.fields, paginas: richText('Páginas'), resumen: richText('Resumen') });
    await expect(migrated([changed, autores])).rejects.toMatchObject({
      code: 'definition_refused',
      message:
        'nothing was changed: libros.paginas is double precision, and the definition needs text: DROP VIEW IF EXISTS active_libros; ALTER TABLE libros ALTER COLUMN paginas TYPE text USING paginas::text',
    });
    expect(files()).toEqual(['0001_libros_autores.sql']);
  });

  test.each<readonly [string, Entity['fields'][string], Entity['fields'][string], unknown, unknown, unknown]>([
    ['a number to a text', number('P'), richText('P'), 300, '300', null],
    ['a text to a number', richText('P'), number('P'), '300', 300, null],
    ['a select to a checkbox', select('P', ['true'], { default: 'true' }), checkbox('P'), 'true', true, false],
    ['a select to a multi-select', select('P', ['A', 'B'], { default: 'A' }), multiSelect('P', []), 'B', ['B'], []],
    ['an empty text to a multi-select', richText('P'), multiSelect('P', []), '', [], []],
    ['a multi-select to a text', multiSelect('P', []), richText('P'), ['A', 'B'], 'A, B', null],
    ['a checkbox to a select', checkbox('P'), select('P', ['true'], { default: 'true' }), false, 'false', 'true'],
    ['a checkbox to a text', checkbox('P'), richText('P'), true, 'true', null],
    ['a text to a link', richText('P'), relationToOne('P', 'libros'), LINK, LINK, null],
  ])('keep their values when the printed SQL changes %s', async (_, before, after, stored, expected, fresh) => {
    const withField = (field: Entity['fields'][string]) => [own('libros', { titulo: title('Título'), p: field })];
    await migrated(withField(before));
    await database.query("INSERT INTO libros (titulo, p) VALUES ('Niebla', $1)", [stored]);
    await runWhatIsPrinted(withField(after));
    await migrated(withField(after));
    await database.execute("INSERT INTO libros (titulo) VALUES ('Otra')");
    expect(await database.query('SELECT p FROM active_libros ORDER BY titulo')).toEqual([
      { p: expected },
      { p: fresh },
    ]);
    expect(await migrated(withField(after))).toEqual({ applied: [], written: null });
  });

  test('leave no file when PostgreSQL refuses it', async () => {
    await database.execute('CREATE TABLE other (id uuid); CREATE VIEW active_libros AS SELECT id FROM other');
    await expect(migrated([libros, autores])).rejects.toThrow();
    expect(files()).toEqual([]);
    expect(await database.query("SELECT to_regclass('libros') AS found")).toEqual([{ found: null }]);
  });

  test("apply the owner's own files in order, each once", async () => {
    await migrated([autores]);
    writeFileSync(
      join(folder, '0002_mine.sql'),
      "ALTER TABLE autores ADD COLUMN siglo text DEFAULT 'XX'; CREATE INDEX ON autores (siglo);",
    );
    expect(await migrated([autores])).toEqual({ applied: ['0002_mine.sql'], written: null });
    expect(await migrated([autores])).toEqual({ applied: [], written: null });
  });

  test('run at the same time create them once', async () => {
    const results = await Promise.all([migrated([libros, autores]), migrated([libros, autores])]);
    expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, 1]);
  });
});

describe('a table that the owner has already', () => {
  beforeEach(() =>
    database.execute(`
      CREATE TABLE libros (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        titulo varchar(80) NOT NULL CHECK (titulo <> ''),
        paginas integer,
        estante text,
        visto timestamptz
      );
      CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.visto := now(); RETURN NEW; END $$;
      CREATE TRIGGER see BEFORE UPDATE OF paginas ON libros FOR EACH ROW EXECUTE FUNCTION see();
      INSERT INTO libros (titulo, paginas, estante) SELECT 'Libro ' || n, n, 'A' FROM generate_series(1, 100) n`),
  );

  test('is adopted: its rows wait for pages, and its own columns, constraints and triggers stay', async () => {
    const before = await database.query('SELECT id, titulo, paginas, estante, visto FROM libros ORDER BY paginas');
    await migrated([libros, autores]);
    expect(await database.query('SELECT id, titulo, paginas, estante, visto FROM libros ORDER BY paginas')).toEqual(
      before,
    );
    const [found] = await database.query("SELECT count(*)::int AS n FROM libros WHERE notion_page_id = 'sql:' || id");
    expect(found).toEqual({ n: 100 });
    await expect(database.execute("INSERT INTO libros (titulo) VALUES ('')")).rejects.toThrow(/check/);
    await database.execute('UPDATE libros SET paginas = 7 WHERE paginas = 1');
    expect(
      await database.query('SELECT visto IS NOT NULL AS seen FROM libros WHERE paginas = 7 ORDER BY visto LIMIT 1'),
    ).toEqual([{ seen: true }]);
    expect(await outbox()).toHaveLength(1);
  });

  test('needs an id that is unique', async () => {
    await database.execute('CREATE TABLE autores (id uuid, nombre text); CREATE INDEX ON autores (id)');
    await expect(migrated([libros, autores])).rejects.toMatchObject({
      message: expect.stringContaining(
        'autores.id is not unique: ALTER TABLE autores ALTER COLUMN id SET NOT NULL, ADD UNIQUE (id)',
      ),
    });
    await database.execute('ALTER TABLE autores ADD COLUMN isbn text PRIMARY KEY');
    await runWhatIsPrinted([libros, autores]);
    expect(await migrated([libros, autores])).toMatchObject({ applied: ['0001_libros_autores.sql'] });
  });

  test('needs an id that is a uuid', async () => {
    await database.execute('CREATE TABLE autores (nombre text)');
    await expect(migrated([libros, autores])).rejects.toMatchObject({
      message: expect.stringContaining(
        'autores has no column id: ALTER TABLE autores ADD COLUMN id uuid NOT NULL UNIQUE',
      ),
    });
    await database.execute('DROP TABLE autores; CREATE TABLE autores (id bigint PRIMARY KEY, nombre text)');
    await expect(migrated([libros, autores])).rejects.toMatchObject({
      message: expect.stringContaining('autores.id is bigint, and the definition needs uuid'),
    });
    await runWhatIsPrinted([libros, autores]);
    expect(await migrated([libros, autores])).toMatchObject({ applied: ['0001_libros_autores.sql'] });
  });
});
