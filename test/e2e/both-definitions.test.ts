import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectExactlyOnePageEach } from '../faults/support/exactly-one.ts';
import { everything } from '../support/compare.ts';
import { fifteen } from '../support/definitions.ts';
import { type Stack, startStack } from '../support/stack.ts';

const ROWS = 200;

describe("an owner's five databases beside the built-in ten", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({}, {}, fifteen);
    stack.spawnWorker();
  });
  afterAll(() => stack.stop());
  const workspace = () => stack.notion.workspace;

  test(`are all in sync, ${ROWS} rows of plain SQL included, and a third cycle writes nothing`, async () => {
    const ana = workspace().addPerson('Ana', 'ana@example.com');
    const cliente = workspace().createPage('Clientes', {
      Nombre: 'Librería Sol',
      Activo: true,
      Etiquetas: ['Nacional'],
      Responsables: [ana],
    });
    const receta = workspace().createPage('Recetas', { Nombre: 'Gazpacho', Ingredientes: ['Ajo', 'Tomate'] });
    workspace().createPage('Libros', {
      Título: 'La Regenta',
      Estado: 'Leído',
      'Prestado a': [cliente],
      Recetas: [receta],
    });
    workspace().createPage('Diario', {
      Título: 'Lunes',
      Fecha: { start: '2026-03-02T09:30:00.000+01:00' },
      Acompañantes: [ana],
      Personas: [cliente],
    });
    workspace().createPage('Facturas', {
      Número: 'F-1',
      Importe: 12.5,
      Periodo: { start: '2026-03-01', end: '2026-03-31' },
    });
    workspace().createPage('Tasks', { Title: 'Task' });
    await stack.sql(
      `INSERT INTO libros (titulo, generos, prestado, portadas, lectores)
       SELECT 'Libro ' || n, '{Novela,Nuevo}', n % 2 = 0, '{https://example.com/portada.png}', ARRAY['ana@example.com']
       FROM generate_series(1, $1::int) n`,
      [ROWS],
    );
    await stack.sql("INSERT INTO tasks (title) SELECT 'Task ' || n FROM generate_series(1, 20) n");

    expect(await stack.cycle()).toMatchObject({ ok: true });
    expect(await stack.cycle()).toMatchObject({ ok: true });
    expect(workspace().pages('Libros')).toHaveLength(ROWS + 1);
    expect(workspace().pages('Tasks')).toHaveLength(21);
    await expectExactlyOnePageEach(stack);
    const before = await everything(stack);
    expect(await stack.cycle()).toMatchObject({ ok: true, summary: 'no changes' });
    expect(await everything(stack)).toEqual(before);
  });
});
