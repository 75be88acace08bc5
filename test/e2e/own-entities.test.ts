import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyFolder, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { type Stack, startStack } from '../support/stack.ts';

const options = (...names: string[]) => ({ options: names.map((name) => ({ name })) });

describe("an owner's databases, by a definition file alone", { timeout: 180_000 }, () => {
  let stack: Stack;
  let folder: ReturnType<typeof emptyFolder>;
  let worker: RunningCli;
  let env: Record<string, string>;
  let books: { id: string; dataSourceId: string };
  let authors: { id: string; dataSourceId: string };

  const workspace = () => stack.notion.workspace;
  const run = (...args: string[]) => runCli(args, folder.path, env);
  const define = (fieldsOfBooks: object): void =>
    writeFileSync(
      join(folder.path, 'lockstep.config.json'),
      JSON.stringify({
        entities: [
          'tags',
          {
            name: 'libros',
            databaseId: books.id,
            title: 'Libros',
            archivedStatus: 'Archivado',
            fields: {
              titulo: { kind: 'title', property: 'Título' },
              status: { kind: 'select', property: 'Estado', options: ['Pendiente', 'Leído', 'Archivado'] },
              autor_id: { kind: 'relation_one', property: 'Autor', to: 'autores', dual: 'Libros' },
              ...fieldsOfBooks,
            },
          },
          {
            name: 'autores',
            databaseId: authors.id,
            title: 'Autores',
            fields: { nombre: { kind: 'title', property: 'Nombre' } },
          },
        ],
      }),
    );
  const startWorker = async (): Promise<RunningCli> => {
    const started = startCli(['worker'], folder.path, env);
    await started.waitForOutput(/worker on task queue/);
    return started;
  };
  const page = (title: string) =>
    workspace()
      .pages('Libros')
      .find((one) => one.title === title)?.page.properties ?? expect.fail(`no page "${title}"`);

  beforeAll(async () => {
    stack = await startStack();
    folder = emptyFolder();
    env = Object.fromEntries(Object.entries(stack.env).flatMap(([key, value]) => (value ? [[key, value]] : [])));
    authors = workspace().createDatabase({ title: 'Autores', properties: { Nombre: { title: {} } } });
    books = workspace().createDatabase({
      title: 'Libros',
      properties: { Título: { title: {} }, Estado: { select: options('Pendiente', 'Leído', 'Archivado') } },
    });
    workspace().addProperty(books.id, 'Autor', {
      relation: { data_source_id: authors.dataSourceId, dual_property: { synced_property_name: 'Libros' } },
    });
    define({});
    expect(await run('migrate')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Applied migrations\/0001_libros_autores\.sql\.$/m),
    });
    worker = await startWorker();
  }, 180_000);
  afterAll(async () => {
    worker.process.kill('SIGKILL');
    await worker.ended;
    folder.remove();
    await stack.stop();
  });

  test('are synced in both directions, with their relations and built-in entities beside them', async () => {
    const author = workspace().createPage(authors.id, { Nombre: 'Clarín' });
    workspace().createPage(books.id, { Título: 'La Regenta', Estado: 'Leído', Autor: [author] });
    await stack.sql("INSERT INTO libros (titulo, status) VALUES ('Niebla', 'Pendiente')");
    await stack.sql("INSERT INTO tags (name) VALUES ('Novela')");
    expect(await run('sync')).toMatchObject({ code: 0 });
    expect(
      await stack.sql(
        'SELECT b.titulo, b.status, a.nombre FROM libros b LEFT JOIN autores a ON a.id = b.autor_id ORDER BY 1',
      ),
    ).toEqual([
      { titulo: 'La Regenta', status: 'Leído', nombre: 'Clarín' },
      { titulo: 'Niebla', status: 'Pendiente', nombre: null },
    ]);
    expect(page('Niebla')).toMatchObject({ Estado: { select: { name: 'Pendiente' } } });
    expect(workspace().pages('Tags')).toHaveLength(1);
    await stack.sql("UPDATE libros SET archived_at = now() WHERE titulo = 'Niebla'");
    expect(await run('sync')).toMatchObject({ code: 0 });
    expect(page('Niebla')).toMatchObject({ Estado: { select: { name: 'Archivado' } } });
    const third = await run('sync');
    expect(
      third.stdout.match(/(?:libros|autores|tags)\S+ +.*/g)?.filter((line) => !line.includes('no changes')),
    ).toEqual([]);
  });

  test('leave out the syncs and tools of built-in entities that are not listed', async () => {
    const { stdout } = await run('sync', 'tasks-notion-to-sql');
    expect(stdout).toBe('');
    const status = await run('status');
    expect(status.stdout).toMatch(/^libros /m);
    expect(status.stdout).not.toMatch(/^tasks /m);
  });

  test('are not touched by a process with another definition', async () => {
    const elsewhere = emptyFolder();
    try {
      const { code, stderr } = await runCli(['history'], elsewhere.path, env);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /^lockstep: the database was migrated for another definition .* \(the built-in entities, because its folder has no lockstep\.config file\): run `lockstep migrate` .*\n$/,
        ),
      ]);
    } finally {
      elsewhere.remove();
    }
  });

  test('get other fields from the definition and one migration', async () => {
    workspace().addProperty(books.id, 'Páginas', { number: {} });
    workspace().addProperty(books.id, 'Prestado', { checkbox: {} });
    workspace().addProperty(books.id, 'Géneros', { multi_select: options('Novela') });
    define({
      paginas: { kind: 'number', property: 'Páginas' },
      prestado: { kind: 'checkbox', property: 'Prestado' },
      generos: { kind: 'multi_select', property: 'Géneros', options: ['Novela'] },
    });
    worker.process.kill('SIGTERM');
    await worker.ended;
    expect((await run('migrate')).stdout).toContain('ALTER TABLE libros ADD COLUMN paginas double precision;');
    worker = await startWorker();
    await stack.sql(
      "UPDATE libros SET paginas = 700, prestado = true, generos = '{Novela,Clásico}' WHERE titulo = 'La Regenta'",
    );
    expect(await run('sync')).toMatchObject({ code: 0 });
    expect(page('La Regenta')).toMatchObject({
      Páginas: { number: 700 },
      Prestado: { checkbox: true },
      Géneros: { multi_select: [{ name: 'Novela' }, { name: 'Clásico' }] },
    });
  });
});
