import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadDefinition } from '../../src/definition/load.ts';
import { entities as builtIn } from '../../src/entities/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-definition-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const names = async (): Promise<readonly string[]> => (await loadDefinition(folder)).entities.map(({ name }) => name);

const DATABASE = '2f865bc2-3a65-80d9-b631-eef92b30c5ce';
const books = {
  name: 'libros',
  databaseId: `https://www.notion.so/workspace/Libros-${DATABASE.replaceAll('-', '')}?v=1`,
  title: 'Libros',
  fields: { titulo: { kind: 'title', property: 'Título' }, paginas: { kind: 'number', property: 'Páginas' } },
};
const json = (...entities: readonly unknown[]): void => write('lockstep.config.json', JSON.stringify({ entities }));
const changed = (fields: object, more: object = {}) => ({ ...books, ...more, fields: { ...books.fields, ...fields } });
const film = { kind: 'select', property: 'Tipo', options: ['Película'] };

describe('a definition', () => {
  test('is that of the built-in entities where there is no file', async () => {
    expect(await loadDefinition(folder)).toEqual({ entities: builtIn, path: null });
  });

  test('lists own entities, with the ids of links, and built-in ones by name', async () => {
    json(books, 'tags');
    const { entities } = await loadDefinition(folder);
    expect(entities).toEqual([
      { ...books, databaseId: DATABASE, table: 'libros' },
      builtIn.find(({ name }) => name === 'tags'),
    ]);
  });

  test('leaves out the relations of a built-in entity with those that are not synced', async () => {
    json('tasks', 'tags');
    const [tasks] = (await loadDefinition(folder)).entities;
    expect(Object.keys(tasks?.fields ?? {})).toEqual(
      Object.keys(builtIn.find(({ name }) => name === 'tasks')?.fields ?? {}).filter((name) => name !== 'project_id'),
    );
  });

  test('notices links that are set at the other end of a relation', async () => {
    const dual = { kind: 'relation_one', property: 'Proyecto', to: 'projects', dual: 'Libros' };
    json(changed({ proyecto_id: dual }), 'projects', 'tasks');
    const { entities } = await loadDefinition(folder);
    expect(entities.find(({ name }) => name === 'projects')?.fields).toMatchObject({
      'libros.proyecto_id': { kind: 'back_link', property: 'Libros', of: 'libros', through: 'proyecto_id' },
      related_tasks: { kind: 'back_link' },
    });
  });

  test.each([
    ['lockstep.config.yaml', 'entities:\n  - tags\n  - people\n'],
    ['lockstep.config.yml', 'entities: [tags, people]'],
    ['lockstep.config.mjs', "export default { entities: ['tags', 'people'] }"],
    [
      'lockstep.config.ts',
      "import { defineConfig } from 'lockstep';\nexport default defineConfig({ entities: ['tags', 'people'] satisfies string[] })",
    ],
  ])('is read from %s', async (file, text) => {
    write(file, text);
    expect(await names()).toEqual(['tags', 'people']);
  });

  test('has the builders of fields, without an installed package', async () => {
    write(
      'lockstep.config.ts',
      `import { defineConfig, number, title } from 'lockstep';
       export default defineConfig({ entities: [{ name: 'libros', databaseId: '${DATABASE}', title: 'Libros',
         fields: { titulo: title('Título'), paginas: number('Páginas') } }] });`,
    );
    expect((await loadDefinition(folder)).entities).toEqual([{ ...books, databaseId: DATABASE, table: 'libros' }]);
  });

  test.skipIf(process.getuid?.() !== 0)('of another user is not run', async () => {
    write('lockstep.config.mjs', 'throw new Error("was run")');
    chownSync(join(folder, 'lockstep.config.mjs'), 12345, 12345);
    await expect(loadDefinition(folder)).rejects.toMatchObject({ code: 'foreign_file' });
  });

  test.each([
    [
      'a second file',
      () => {
        json(books);
        write('lockstep.config.yaml', 'entities: [tags]');
      },
      'there are two definitions, lockstep.config.json and lockstep.config.yaml: delete one',
    ],
    [
      'JSON that is none',
      () => write('lockstep.config.json', '{'),
      /^.*lockstep\.config\.json cannot be read: SyntaxError: .*$/,
    ],
    [
      'TypeScript that throws',
      () => write('lockstep.config.ts', 'export default nothing'),
      /lockstep\.config\.ts cannot be read: ReferenceError: nothing is not defined$/,
    ],
    [
      'no entities',
      () => write('lockstep.config.json', '{}'),
      'lockstep.config.json: entities: Invalid input: expected array, received undefined',
    ],
    [
      'a misspelled key',
      () => write('lockstep.config.json', '{"entitys": ["tags"]}'),
      /^lockstep\.config\.json.*entit/,
    ],
    [
      'an unknown built-in entity',
      () => json('films'),
      /^lockstep\.config\.json: there is no built-in entity "films": use tags, tasks, /,
    ],
    [
      'a misspelled key of an entity',
      () => json({ ...books, databaseID: DATABASE }),
      'lockstep.config.json: libros: Unrecognized key: "databaseID"',
    ],
    [
      'a database that is none',
      () => json({ ...books, databaseId: 'Libros' }),
      'lockstep.config.json: libros: databaseId: "Libros" is neither the id of a Notion database nor a link to one',
    ],
    [
      'an unknown kind',
      () => json(changed({ paginas: { kind: 'numbr', property: 'Páginas' } })),
      /^lockstep\.config\.json: libros: fields\.paginas\.kind: /,
    ],
    [
      'a misspelled option of a field',
      () => json(changed({ paginas: { kind: 'number', property: 'Páginas', minimum: 0 } })),
      'lockstep.config.json: libros: fields.paginas: Unrecognized key: "minimum"',
    ],
    [
      'a column that every table has',
      () => json(changed({ created_at: { kind: 'timestamp', property: 'Creado' } })),
      'lockstep.config.json: libros: fields.created_at: every table has this column already: choose another name',
    ],
    [
      'a reserved word of SQL',
      () => json(changed({ order: { kind: 'number', property: 'Orden' } })),
      'lockstep.config.json: libros: "order" is a reserved word: choose another name',
    ],
    [
      'a name that every object has',
      () => json(changed({ constructor: { kind: 'number', property: 'Constructor' } })),
      'lockstep.config.json: libros: "constructor" is a reserved word: choose another name',
    ],
    [
      "a table of the product's own",
      () => json({ ...books, name: 'enrichments' }),
      'lockstep.config.json: enrichments: the name "enrichments" is reserved for Lockstep: choose another name',
    ],
    [
      'a column twice',
      () => json(changed({ leido: { kind: 'date', property: 'Leído', timeColumn: 'paginas' } })),
      'lockstep.config.json: libros: two fields have the column "paginas"',
    ],
    [
      'a time and an end in one column',
      () => json(changed({ leido: { kind: 'date', property: 'Leído', timeColumn: 'a', endColumn: 'a' } })),
      'lockstep.config.json: libros: two fields have the column "a"',
    ],
    ['an unknown role', () => json({ ...books, role: 'todo' }), /^lockstep\.config\.json: libros: role: .*"tasks"/],
    [
      'a role twice',
      () => json('tags', 'tasks', 'projects', { ...books, role: 'tasks' }),
      'lockstep.config.json: tasks and libros both have the role "tasks": only one entity can have it',
    ],
    [
      'fields of no role',
      () => json({ ...books, roleFields: { notes: 'titulo' } }),
      'lockstep.config.json: libros: roleFields needs a role',
    ],
    [
      'an unknown field of a role',
      () => json({ ...books, role: 'tasks', roleFields: { due: 'leido' } }),
      'lockstep.config.json: libros: roleFields.due: the role "tasks" has no such field: use due_date, notes, priority, project_id, tags, completed_at',
    ],
    [
      'a field of another kind than the role needs',
      () => json({ ...books, role: 'tasks', roleFields: { due_date: 'titulo' } }),
      'lockstep.config.json: libros: roleFields.due_date: "titulo" is not a field of the kind date',
    ],
    [
      'options of no role',
      () => json({ ...books, roleOptions: { type: { Movie: 'Película' } } }),
      'lockstep.config.json: libros: roleOptions needs a role',
    ],
    [
      'options of a field without options',
      () => json({ ...books, role: 'media', roleOptions: { year: { Movie: 'Película' } } }),
      'lockstep.config.json: libros: roleOptions.year: the role "media" has no such field with options',
    ],
    [
      'options of a field that it lacks',
      () => json({ ...books, role: 'media', roleOptions: { type: { Movie: 'Película' } } }),
      'lockstep.config.json: libros: roleOptions.type: "type" is not a field of the kind select',
    ],
    [
      'an option that the role lacks',
      () => json(changed({ type: film }, { role: 'media', roleOptions: { type: { Film: 'Película' } } })),
      'lockstep.config.json: libros: roleOptions.type: the role "media" has no option "Film": use Movie, TV Show, Anime',
    ],
    [
      'an option that the entity lacks',
      () => json(changed({ type: film }, { role: 'media', roleOptions: { type: { Movie: 'Serie' } } })),
      'lockstep.config.json: libros: roleOptions.type.Movie: "Serie" is no option of type',
    ],
    [
      'an old name that another entity has',
      () => json({ ...books, renamedFrom: 'autores' }, { ...books, name: 'autores' }),
      'lockstep.config.json: libros: renamedFrom: "autores" is used by another entity: remove renamedFrom once the rename was migrated',
    ],
    [
      'an old name that is none of an own entity',
      () => json({ ...books, renamedFrom: 'tasks' }),
      'lockstep.config.json: libros: renamedFrom: "tasks" is not the name of an entity of yours',
    ],
    [
      'an old name that another field has',
      () => json(changed({ hojas: { kind: 'number', property: 'Hojas', renamedFrom: 'paginas' } })),
      'lockstep.config.json: libros: fields.hojas: renamedFrom: "paginas" is used by another field: remove renamedFrom once the rename was migrated',
    ],
    [
      'two titles',
      () => json(changed({ otro: { kind: 'title', property: 'Otro' } })),
      'lockstep.config.json: libros: it has 2 fields of the kind title, and needs one',
    ],
    [
      'a relation that leads nowhere',
      () => json(changed({ autor_id: { kind: 'relation_one', property: 'Autor', to: 'autores' } })),
      'lockstep.config.json: libros: fields.autor_id: there is no entity "autores" in this definition',
    ],
    [
      'an archived status that is no option',
      () => json(changed({}, { archivedStatus: 'Leído' })),
      'lockstep.config.json: libros: the status "Leído" is no option of a field "status" of the kind select',
    ],
    [
      'a reserved prefix',
      () => json({ ...books, name: 'sync_libros' }),
      'lockstep.config.json: sync_libros: the name "sync_libros" is reserved for Lockstep: choose another name',
    ],
    [
      'the name of a built-in entity',
      () => json({ ...books, name: 'media' }),
      'lockstep.config.json: media: the name "media" belongs to a built-in entity: choose another one',
    ],
    [
      'a name that is not in snake case',
      () => json({ ...books, name: 'Libros' }),
      'lockstep.config.json: Libros: name: is not in snake case, such as reading_lists',
    ],
    ['an entity twice', () => json(books, books), 'lockstep.config.json: there are two entities "libros"'],
  ])('with %s is refused in one line that says where', async (_, arrange, message) => {
    arrange();
    await expect(loadDefinition(folder)).rejects.toMatchObject({
      code: 'configuration',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });
});
