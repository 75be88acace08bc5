import {
  body,
  date,
  defineConfig,
  number,
  relationToMany,
  relationToOne,
  richText,
  select,
  title,
  url,
} from '../../src/definition/define-config.ts';
import { parseDefinition } from '../../src/definition/schema.ts';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import { entities as builtIn } from '../../src/entities/index.ts';
import type { TestDefinition } from './definitions.ts';

/** An owner's databases in Spanish, each in a role: no name of a field or of an option is that of the role. */
const config = defineConfig({
  entities: [
    {
      name: 'etiquetas',
      role: 'tags',
      roleFields: { type: 'tipo', parent_id: 'madre_id' },
      roleOptions: { type: { Area: 'Área', Resource: 'Recurso' } },
      databaseId: '51b00000-3a65-80d9-b631-eef92b30c5c1',
      title: 'Etiquetas',
      fields: {
        nombre: title('Nombre'),
        tipo: select('Tipo', ['Área', 'Recurso', 'Tema']),
        madre_id: relationToOne('Madre', 'etiquetas'),
      },
    },
    {
      name: 'proyectos',
      role: 'projects',
      roleFields: { type: 'clase', target_date: 'entrega', tags: 'etiquetas' },
      databaseId: '51b00000-3a65-80d9-b631-eef92b30c5c2',
      title: 'Proyectos',
      archivedStatus: 'Archivado',
      fields: {
        proyecto: title('Proyecto'),
        status: select('Estado', ['Activo', 'Archivado'], { default: 'Activo' }),
        clase: select('Clase', ['Trabajo', 'Personal']),
        entrega: date('Entrega'),
        etiquetas: relationToMany('Etiquetas', 'etiquetas', 'proyecto_etiquetas', ['proyecto_id', 'etiqueta_id']),
      },
    },
    {
      name: 'tareas',
      role: 'tasks',
      roleFields: { due_date: 'fecha', priority: 'prioridad', project_id: 'proyecto_id' },
      roleOptions: { priority: { High: 'Alta', Low: 'Baja' } },
      databaseId: '51b00000-3a65-80d9-b631-eef92b30c5c3',
      title: 'Tareas',
      closedStatuses: ['Hecha'],
      fields: {
        tarea: title('Tarea'),
        status: select('Estado', ['Pendiente', 'En curso', 'Hecha'], { default: 'Pendiente' }),
        prioridad: select('Prioridad', ['Baja', 'Alta']),
        fecha: date('Fecha', { timeColumn: 'hora' }),
        proyecto_id: relationToOne('Proyecto', 'proyectos'),
      },
    },
    {
      name: 'notas',
      role: 'notes',
      roleFields: { content: 'detalle', body: 'texto', project_id: 'proyecto_id', tags: 'etiquetas' },
      databaseId: '51b00000-3a65-80d9-b631-eef92b30c5c4',
      title: 'Notas',
      fields: {
        titulo: title('Título'),
        detalle: richText('Detalle'),
        texto: body(),
        proyecto_id: relationToOne('Proyecto', 'proyectos'),
        etiquetas: relationToMany('Etiquetas', 'etiquetas', 'nota_etiquetas', ['nota_id', 'etiqueta_id']),
      },
    },
    {
      name: 'peliculas',
      role: 'media',
      roleFields: { type: 'tipo', year: 'estreno', tmdb_id: 'codigo', poster_url: 'cartel' },
      roleOptions: { type: { Movie: 'Película', 'TV Show': 'Serie' } },
      databaseId: '51b00000-3a65-80d9-b631-eef92b30c5c5',
      title: 'Películas',
      closedStatuses: ['Vista'],
      fields: {
        pelicula: title('Película'),
        status: select('Estado', ['Por ver', 'Vista'], { default: 'Por ver' }),
        tipo: select('Tipo', ['Película', 'Serie']),
        estreno: number('Estreno'),
        codigo: number('Código'),
        cartel: url('Cartel'),
      },
    },
    {
      name: 'fallos',
      role: 'system_fixes',
      roleFields: { description: 'descripcion' },
      databaseId: '51b00000-3a65-80d9-b631-eef92b30c5c6',
      title: 'Fallos',
      closedStatuses: ['Resuelto'],
      fields: {
        fallo: title('Fallo'),
        status: select('Estado', ['Abierto', 'Resuelto'], { default: 'Abierto' }),
        descripcion: richText('Descripción'),
      },
    },
  ],
});

const entities = parseDefinition(config, 'spanish-roles.ts', builtIn);

export const spanishRoles: TestDefinition = {
  name: 'Spanish databases with roles',
  entities,
  file: JSON.stringify(config),
  createDatabases: (workspace) => createEntityDatabases(workspace, entities),
  main: {
    entity: 'notas',
    table: 'notas',
    database: 'Notas',
    title: ['titulo', 'Título'],
    text: 'detalle',
    edits: ["detalle = 'Uno'", "detalle = 'Dos'"],
    more: { columns: '', values: '' },
  },
  second: { entity: 'tareas', table: 'tareas', title: ['tarea', 'Tarea'] },
};
