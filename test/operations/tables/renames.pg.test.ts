import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase } from '../../../src/database/client.ts';
import {
  date,
  defineEntity,
  type Entity,
  number,
  relationToMany,
  relationToOne,
  richText,
  title,
} from '../../../src/entities/define.ts';
import { entities as builtIn } from '../../../src/entities/index.ts';
import { migrateTables, previewTables } from '../../../src/operations/tables/migrate-tables.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const own = (name: string, fields: Entity['fields'], more: Partial<Entity> = {}): Entity =>
  defineEntity({ name, table: name, databaseId: '2f865bc2-3a65-80d9-b631-eef92b30c5ce', title: name, fields, ...more });

const before: readonly Entity[] = [
  own('libros', {
    titulo: title('Título'),
    paginas: number('Páginas'),
    leido: date('Leído', { timeColumn: 'leido_hora' }),
    autor_id: relationToOne('Autor', 'autores'),
    temas: relationToMany('Temas', 'tags', 'libro_tags', ['libro_id', 'tag_id']),
    editorial: richText('Editorial'),
  }),
  own('autores', { nombre: title('Nombre') }),
];
const after: readonly Entity[] = [
  own(
    'books',
    {
      titulo: title('Título'),
      pages: number('Páginas', { renamedFrom: 'paginas' }),
      read_on: date('Leído', { timeColumn: 'read_at', renamedFrom: 'leido' }),
      author_id: relationToOne('Autor', 'autores', { renamedFrom: 'autor_id' }),
      topics: relationToMany('Temas', 'tags', 'book_tags', ['book_id', 'tag_id'], { renamedFrom: 'temas' }),
      summary: richText('Resumen'),
    },
    { renamedFrom: 'libros' },
  ),
  own('autores', { nombre: title('Nombre') }),
];

const ID = '00000000-0000-4000-8000-000000000001';
const TAG = '00000000-0000-4000-8000-000000000002';
const VALUES = '{"titulo": "Niebla", "paginas": 300, "leido": "2026-03-01T14:30:00", "autor_id": null, "temas": ["t"]}';
const RENAMED = { titulo: 'Niebla', pages: 300, read_on: '2026-03-01T14:30:00', author_id: null, topics: ['t'] };

let fresh: TestDatabase;
let database: DatabasePool;
let folder: string;

const toDefinition = (entities: readonly Entity[], hash: string) => ({
  entities: [...builtIn, ...entities],
  folder,
  hash,
});
const migrated = (entities: readonly Entity[], hash: string, into = database) =>
  migrateTables(into, toDefinition(entities, hash));

beforeEach(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, 2);
  folder = mkdtempSync(join(tmpdir(), 'lockstep-renames-'));
  await migrated(before, 'before');
});
afterEach(async () => {
  await database.close();
  await fresh.drop();
  rmSync(folder, { recursive: true });
});

/** One record that is remembered everywhere. */
const remember = () =>
  database.execute(`
    INSERT INTO tags (id, name) VALUES ('${TAG}', 'Novela');
    INSERT INTO libros (id, titulo, paginas, leido, leido_hora) VALUES ('${ID}', 'Niebla', 300, '2026-03-01', '14:30');
    INSERT INTO libro_tags VALUES ('${ID}', '${TAG}');
    INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, sending, stored_values, late_writes, page_created_at, page_edited_at)
      VALUES ('libros', '${ID}', 'p', '${VALUES}', false, false, '{"fields": {"paginas": 301}, "archived": false}', '{"fields": {"paginas": 299}}',
        '[{"fields": {"paginas": 1}}, {"fields": {"titulo": "N"}}]', now(), now());
    INSERT INTO creation_intents (entity, record_id, started_at, sent) VALUES ('libros', '${ID}', now(), '{"paginas": 300}');
    INSERT INTO pending_links (entity, record_id, field, page_id) VALUES ('libros', '${ID}', 'temas', 'q');
    INSERT INTO sync_sources (entity, configured_id, data_source_id, properties, watermark)
      VALUES ('libros', 'c', 'd', '{"titulo": {"id": "title"}, "paginas": {"id": "x"}, "temas": {"id": "y"}}', now());
    INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason, base_version, notion_version, sql_version)
      VALUES ('libros', '${ID}', 'c', 'sql', 'r', NULL, '{"paginas": 1, "archived": false}', '{"paginas": 2, "archived": false}');
    INSERT INTO sync_changes (cycle_id, entity, record_id, side, before, after) VALUES ('c', 'libros', '${ID}', 'sql', '{"paginas": 1}', '{"paginas": 2}');
    INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms)
      VALUES ('c', 'libros-notion-to-sql', 'libros', 'inbound', 'ok', now(), now(), 1);`);

describe('a definition that renames an entity and its fields', () => {
  test('keeps its rows and all that is remembered by name, once', async () => {
    await remember();
    expect(await migrated(after, 'after')).toMatchObject({ applied: ['0002_books.sql'] });
    expect(await database.query('SELECT titulo, pages, read_on, read_at, author_id FROM active_books')).toEqual([
      { titulo: 'Niebla', pages: 300, read_on: '2026-03-01', read_at: '14:30:00', author_id: null },
    ]);
    expect(await database.query('SELECT book_id, tag_id FROM book_tags')).toEqual([{ book_id: ID, tag_id: TAG }]);
    expect(await database.query('SELECT entity, base, sending, stored_values, late_writes FROM sync_state')).toEqual([
      {
        entity: 'books',
        base: RENAMED,
        sending: { fields: { pages: 301 }, archived: false },
        stored_values: { fields: { pages: 299 } },
        late_writes: [{ fields: { pages: 1 } }, { fields: { titulo: 'N' } }],
      },
    ]);
    expect(await database.query('SELECT entity, sent FROM creation_intents')).toEqual([
      { entity: 'books', sent: { pages: 300 } },
    ]);
    expect(await database.query('SELECT entity, field FROM pending_links')).toEqual([
      { entity: 'books', field: 'topics' },
    ]);
    expect(await database.query('SELECT entity, properties FROM sync_sources')).toEqual([
      { entity: 'books', properties: { titulo: { id: 'title' }, pages: { id: 'x' }, topics: { id: 'y' } } },
    ]);
    expect(
      await database.query(
        'SELECT entity, base_version AS base, notion_version AS notion, sql_version AS sql FROM sync_conflicts',
      ),
    ).toEqual([
      { entity: 'books', base: null, notion: { pages: 1, archived: false }, sql: { pages: 2, archived: false } },
    ]);
    expect(await database.query('SELECT entity, before, after FROM sync_changes')).toEqual([
      { entity: 'books', before: { pages: 1 }, after: { pages: 2 } },
    ]);
    expect(await database.query('SELECT entity, sync_name FROM sync_run_history')).toEqual([
      { entity: 'books', sync_name: 'books-notion-to-sql' },
    ]);
    expect(await migrated(after, 'after')).toEqual({ applied: [], written: null });
  });

  test('leaves nothing with an old name, and records edits of rows and links under the new one', async () => {
    await migrated(after, 'after');
    const names = await database.query(`
      SELECT c.relname AS name FROM pg_class c WHERE c.relname ~ 'libro|paginas|leido|autor_id'
      UNION SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relname IN ('books', 'active_books', 'book_tags') AND a.attname ~ 'libro|paginas|leido|autor_id'`);
    expect(names).toEqual([]);
    await database.execute(`INSERT INTO books (id, titulo) VALUES ('${ID}', 'Niebla'); DELETE FROM sync_outbox`);
    await database.execute(`INSERT INTO book_tags VALUES ('${ID}', '${TAG}')`);
    expect(await database.query('SELECT entity FROM sync_outbox')).toEqual([{ entity: 'books' }]);
  });

  test('is the same in another database, from the files alone', async () => {
    await migrated(after, 'after');
    const other = await freshDatabase();
    const second = openDatabase(other.url, 1);
    try {
      expect(await migrated(after, 'after', second)).toEqual({ applied: readdirSync(folder).sort(), written: null });
      expect(await second.query('SELECT pages FROM active_books')).toEqual([]);
    } finally {
      await second.close();
      await other.drop();
    }
  });

  test('is described first: what is added, renamed and no longer synced, and nothing is written', async () => {
    await remember();
    const preview = await previewTables(database, toDefinition(after, 'after'));
    expect(preview.entities.find(({ entity }) => entity === 'books')?.changes).toEqual([
      { kind: 'renamed', what: 'table libros to books' },
      { kind: 'renamed', what: 'paginas to pages' },
      { kind: 'renamed', what: 'leido to read_on' },
      { kind: 'renamed', what: 'autor_id to author_id' },
      { kind: 'renamed', what: 'table libro_tags to book_tags' },
      { kind: 'renamed', what: 'temas to topics' },
      { kind: 'added', what: 'column summary (text)' },
      { kind: 'no longer synced', what: 'editorial; its column stays, and its edits are not recorded' },
    ]);
    expect(preview.next?.sql).toContain('ALTER TABLE libros RENAME TO books;');
    expect(readdirSync(folder)).toEqual(['0001_libros_autores.sql']);
    expect(await database.query('SELECT paginas FROM active_libros')).toEqual([{ paginas: 300 }]);
    const gone = await previewTables(database, toDefinition(before.slice(0, 1), 'gone'));
    expect(gone).toMatchObject({
      next: null,
      entities: [
        { entity: 'libros', changes: [] },
        { entity: 'autores', changes: [{ kind: 'no longer synced', what: 'autores; the table autores stays' }] },
      ],
    });
  });

  test('is refused where the old and the new name both exist', async () => {
    await database.execute('CREATE TABLE books (id uuid PRIMARY KEY)');
    await expect(migrated(after, 'after')).rejects.toMatchObject({
      code: 'definition_refused',
      message: expect.stringContaining(
        'the tables libros and books both exist, and books is renamed from libros: rename or drop one of them, or remove renamedFrom',
      ),
    });
    await database.execute('DROP TABLE books; ALTER TABLE libros ADD COLUMN pages int');
    await expect(migrated(after, 'after')).rejects.toMatchObject({
      message: expect.stringContaining('books has the columns paginas and pages, and pages is renamed from paginas'),
    });
    await database.execute('ALTER TABLE libros DROP COLUMN pages; CREATE TABLE book_tags (id uuid)');
    await expect(migrated(after, 'after')).rejects.toMatchObject({
      message: expect.stringContaining('the tables libro_tags and book_tags both exist'),
    });
    await database.execute('CREATE TABLE cosas (id uuid PRIMARY KEY)');
    const other = own('x', { nombre: title('Nombre') }, { renamedFrom: 'cosas' });
    await expect(migrated([other], 'x')).rejects.toMatchObject({
      message: expect.stringContaining('cosas is not a table of an entity: ALTER TABLE cosas RENAME TO x'),
    });
  });

  test('renames what is remembered of a table and a column that were renamed by hand', async () => {
    await remember();
    await database.execute('ALTER TABLE libros RENAME COLUMN paginas TO pages; ALTER TABLE libros RENAME TO books');
    await database.execute('ALTER VIEW active_libros RENAME TO active_books');
    await migrated(after, 'after');
    expect(await database.query('SELECT entity, base FROM sync_state')).toEqual([{ entity: 'books', base: RENAMED }]);
  });
});
