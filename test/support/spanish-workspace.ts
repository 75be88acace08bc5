import type { NotionEmulator } from 'notion-emulator';

const options = (...names: string[]) => ({ options: names.map((name) => ({ name })) });
const day = (index: number): string => `2026-0${1 + (index % 9)}-${String(1 + (index % 28)).padStart(2, '0')}`;
const file = (name: string) => ({ files: [{ name, external: { url: `https://example.com/${name}` } }] });

/** How many pages each database has. */
export const PAGES = { Clientes: 12, Diario: 20, Facturas: 30, Libros: 40, Recetas: 25 } as const;
export const SPANISH_TITLES = Object.keys(PAGES);

/** Five databases of a household and its small business, with their pages. */
export function spanishWorkspace({ workspace }: Pick<NotionEmulator, 'workspace'>): void {
  const libros = createBooks(workspace);
  createRecipes(workspace, libros.dataSourceId);
  const clientes = createCustomers(workspace);
  createInvoices(workspace, clientes.dataSourceId);
  createDiary(workspace, clientes.dataSourceId);
}

type Workspace = NotionEmulator['workspace'];

const idsOf = (workspace: Workspace, database: string): readonly string[] =>
  workspace.pages(database).map(({ page }) => page.id);

const pick = (ids: readonly string[], index: number): string[] => ids.slice(index % ids.length).slice(0, 1);

function createBooks(workspace: Workspace) {
  const libros = workspace.createDatabase({
    title: 'Libros',
    properties: {
      Título: { title: {} },
      Estado: { status: options('Pendiente', 'Leyendo', 'Leído', 'Archivado') },
      Géneros: { multi_select: options('Novela', 'Ensayo', 'Poesía') },
      Prestado: { checkbox: {} },
      Portada: { files: {} },
      Lectores: { people: {} },
      Páginas: { number: { format: 'number' } },
      Precio: { number: { format: 'euro' } },
      'Leído el': { date: {} },
      Opinión: { rich_text: {} },
      Web: { url: {} },
    },
  });
  const reader = workspace.addPerson('Lucía', 'lucia@example.com');
  for (let n = 0; n < PAGES.Libros; n++) {
    workspace.createPage(libros.id, {
      Título: `Libro n.º ${n}`,
      Estado: ['Pendiente', 'Leyendo', 'Leído'][n % 3] ?? '',
      Géneros: n % 2 === 0 ? ['Novela', 'Poesía'] : ['Ensayo'],
      Prestado: n % 4 === 0,
      ...(n % 5 === 0 ? { Portada: file(`portada-${n}.png`), Lectores: { people: [{ id: reader }] } } : {}),
      Páginas: 100 + n,
      Precio: 9.95 + n,
      'Leído el': day(n),
      Opinión: `«Muy bueno», dijo el lector n.º ${n}.`,
    });
  }
  return libros;
}

function createRecipes(workspace: Workspace, books: string): void {
  const recetas = workspace.createDatabase({
    title: 'Recetas',
    properties: {
      Nombre: { title: {} },
      Ingredientes: { multi_select: options('Ajo', 'Aceite', 'Huevo') },
      Vegetariana: { checkbox: {} },
      Minutos: { number: { format: 'number' } },
      Dificultad: { select: options('Fácil', 'Media', 'Difícil') },
      Foto: { files: {} },
    },
  });
  workspace.addProperty(recetas.id, 'Libro', {
    relation: { data_source_id: books, dual_property: { synced_property_name: 'Recetas' } },
  });
  const ids = idsOf(workspace, 'Libros').slice(0, 5);
  for (let n = 0; n < PAGES.Recetas; n++) {
    workspace.createPage(recetas.id, {
      Nombre: `Receta n.º ${n}`,
      Ingredientes: ['Ajo', 'Aceite'],
      Vegetariana: n % 2 === 0,
      Minutos: 10 * n,
      Dificultad: 'Fácil',
      Libro: pick(ids, n),
    });
  }
}

function createCustomers(workspace: Workspace) {
  const clientes = workspace.createDatabase({
    title: 'Clientes',
    properties: {
      Nombre: { title: {} },
      Correo: { email: {} },
      Teléfono: { phone_number: {} },
      Activo: { checkbox: {} },
      Responsable: { people: {} },
      'Orden de visita': { number: {} },
      Order: { number: {} },
    },
  });
  const owner = workspace.addPerson('Íñigo', 'inigo@example.com');
  for (let n = 0; n < PAGES.Clientes; n++) {
    workspace.createPage(clientes.id, {
      Nombre: `Clienta Núñez ${n}`,
      Correo: `cliente${n}@example.com`,
      Teléfono: `+34 600 000 0${10 + n}`,
      Activo: n % 3 !== 0,
      Responsable: { people: [{ id: owner }] },
      Order: n,
    });
  }
  return clientes;
}

function createInvoices(workspace: Workspace, customers: string): void {
  const facturas = workspace.createDatabase({
    title: 'Facturas',
    properties: {
      Número: { title: {} },
      Estado: { status: options('Pendiente', 'Pagada', 'Cancelada') },
      Importe: { number: { format: 'euro' } },
      IVA: { number: { format: 'percent' } },
      Total: { formula: { expression: 'prop("Importe")' } },
      Emitida: { date: {} },
      Adjuntos: { files: {} },
      Creada: { created_time: {} },
      Autora: { created_by: {} },
    },
  });
  workspace.addProperty(facturas.id, 'Cliente', {
    relation: { data_source_id: customers, dual_property: { synced_property_name: 'Facturas' } },
  });
  const ids = idsOf(workspace, 'Clientes');
  for (let n = 0; n < PAGES.Facturas; n++) {
    workspace.createPage(facturas.id, {
      Número: `2026/${n}`,
      Estado: n % 2 === 0 ? 'Pendiente' : 'Pagada',
      Importe: 100 + n / 4,
      IVA: 0.21,
      Emitida: day(n),
      Adjuntos: file(`factura-${n}.pdf`),
      Cliente: pick(ids, n),
    });
  }
}

function createDiary(workspace: Workspace, customers: string): void {
  const diario = workspace.createDatabase({
    title: 'Diario',
    properties: {
      Título: { title: {} },
      Fecha: { date: {} },
      Viaje: { date: {} },
      Ánimo: { select: options('Bien', 'Regular', 'Mal') },
      Etiquetas: { multi_select: options('familia', 'trabajo') },
    },
  });
  workspace.addProperty(diario.id, 'Personas', {
    relation: { data_source_id: customers, dual_property: { synced_property_name: 'Diario' } },
  });
  const ids = idsOf(workspace, 'Clientes');
  for (let n = 0; n < PAGES.Diario; n++) {
    workspace.createPage(diario.id, {
      Título: `Entrada n.º ${n}`,
      Fecha: n % 2 === 0 ? day(n) : `${day(n)}T09:30:00.000+02:00`,
      Viaje: { date: { start: '2026-07-01', end: n % 3 === 0 ? '2026-07-09' : null } },
      Ánimo: 'Bien',
      Etiquetas: ['familia'],
      Personas: ids.slice(n % 5, (n % 5) + 2),
    });
  }
}
