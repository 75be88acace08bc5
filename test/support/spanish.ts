import type { Workspace } from 'notion-emulator';
import {
  backLink,
  body,
  checkbox,
  date,
  defineConfig,
  email,
  files,
  multiSelect,
  number,
  people,
  phoneNumber,
  relationToMany,
  relationToOne,
  richText,
  select,
  timestamp,
  title,
  url,
} from '../../src/definition/define-config.ts';
import { parseDefinition } from '../../src/definition/schema.ts';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import { entities as builtIn } from '../../src/entities/index.ts';

/** An owner's five databases in Spanish, with every kind of field that the built-in ten lack. */
const spanishConfig = defineConfig({
  entities: [
    {
      name: 'clientes',
      databaseId: '51a00000-3a65-80d9-b631-eef92b30c5c1',
      title: 'Clientes',
      fields: {
        nombre: title('Nombre'),
        activo: checkbox('Activo'),
        etiquetas: multiSelect('Etiquetas', ['Nacional', 'Extranjero', 'Moroso']),
        responsables: people('Responsables'),
        correo: email('Correo'),
        telefono: phoneNumber('Teléfono'),
        descuento: number('Descuento', { min: 0, max: 100 }),
        alta: date('Alta'),
        notas: richText('Notas'),
        facturas: backLink('Facturas', 'facturas', 'cliente_id'),
        entradas: backLink('Entradas', 'diario', 'personas'),
      },
    },
    {
      name: 'libros',
      databaseId: '51a00000-3a65-80d9-b631-eef92b30c5c2',
      title: 'Libros',
      archivedStatus: 'Archivado',
      closedStatuses: ['Leído'],
      fields: {
        titulo: title('Título'),
        status: select('Estado', ['Pendiente', 'Leído', 'Archivado'], { default: 'Pendiente' }),
        prestado: checkbox('Prestado'),
        generos: multiSelect('Géneros', ['Novela', 'Ensayo', 'Poesía']),
        lectores: people('Lectores'),
        portadas: files('Portadas'),
        paginas: number('Páginas'),
        lectura: date('Lectura', { endColumn: 'lectura_fin' }),
        enlace: url('Enlace'),
        notas: richText('Notas'),
        cliente_id: relationToOne('Prestado a', 'clientes'),
        recetas: relationToMany('Recetas', 'recetas', 'libro_recetas', ['libro_id', 'receta_id'], { dual: 'Libros' }),
      },
    },
    {
      name: 'recetas',
      databaseId: '51a00000-3a65-80d9-b631-eef92b30c5c3',
      title: 'Recetas',
      archivedStatus: 'Archivada',
      fields: {
        nombre: title('Nombre'),
        status: select('Estado', ['Por probar', 'Probada', 'Archivada'], { default: 'Por probar' }),
        vegetariana: checkbox('Vegetariana'),
        ingredientes: multiSelect('Ingredientes', ['Ajo', 'Aceite', 'Tomate']),
        fotos: files('Fotos'),
        minutos: number('Minutos', { min: 0 }),
        notas: richText('Notas'),
        preparacion: body(),
        base_id: relationToOne('Receta base', 'recetas'),
        libros: backLink('Libros', 'libros', 'recetas'),
      },
    },
    {
      name: 'facturas',
      databaseId: '51a00000-3a65-80d9-b631-eef92b30c5c4',
      title: 'Facturas',
      archivedStatus: 'Anulada',
      closedStatuses: ['Pagada'],
      fields: {
        numero: title('Número'),
        status: select('Estado', ['Borrador', 'Enviada', 'Pagada', 'Anulada'], { default: 'Borrador' }),
        conciliada: checkbox('Conciliada'),
        conceptos: multiSelect('Conceptos', ['Diseño', 'Viaje']),
        adjuntos: files('Adjuntos'),
        importe: number('Importe'),
        vencimiento: date('Vencimiento', { timeColumn: 'vencimiento_hora' }),
        periodo: timestamp('Periodo', { endColumn: 'periodo_fin' }),
        notas: richText('Notas'),
        cliente_id: relationToOne('Cliente', 'clientes', { dual: 'Facturas' }),
      },
    },
    {
      name: 'diario',
      databaseId: '51a00000-3a65-80d9-b631-eef92b30c5c5',
      title: 'Diario',
      fields: {
        titulo: title('Título'),
        fecha: date('Fecha', { timeColumn: 'hora' }),
        animo: select('Ánimo', ['Bien', 'Regular', 'Mal']),
        importante: checkbox('Importante'),
        temas: multiSelect('Temas', ['Casa', 'Trabajo']),
        acompanantes: people('Acompañantes'),
        fotos: files('Fotos'),
        pasos: number('Pasos'),
        notas: richText('Notas'),
        texto: body(),
        libro_id: relationToOne('Libro', 'libros'),
        personas: relationToMany('Personas', 'clientes', 'diario_personas', ['diario_id', 'cliente_id'], {
          dual: 'Entradas',
        }),
      },
    },
  ],
});

/** The content of a `lockstep.config.json` with the five databases. @param others built-in entities beside them */
export const spanishFile = (others: readonly string[] = []): string =>
  JSON.stringify({ entities: [...others, ...spanishConfig.entities] });

/** The five as the program reads them, those that others link to first. */
export const spanish = parseDefinition(spanishConfig, 'spanish.ts', builtIn);

/** Creates the five databases in an emulator, as their owner has them: with statuses and a number in euros. */
export function createSpanishDatabases(workspace: Workspace): void {
  createEntityDatabases(workspace, spanish);
  for (const name of ['Libros', 'Facturas']) workspace.retypeProperty(name, 'Estado', { status: {} });
  workspace.deleteProperty('Facturas', 'Importe');
  workspace.addProperty('Facturas', 'Importe', { number: { format: 'euro' } });
}
