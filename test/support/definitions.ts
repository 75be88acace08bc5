import type { Workspace } from 'notion-emulator';
import { createEntityDatabases } from '../../src/embedded/sample-workspace/entity-databases.ts';
import type { Entity } from '../../src/entities/define.ts';
import { entities as builtIn } from '../../src/entities/index.ts';
import { createSpanishDatabases, spanish, spanishFile } from './spanish.ts';

/** What a deployment syncs, and what tests need to know of it. */
export interface TestDefinition {
  readonly name: string;
  readonly entities: readonly Entity[];
  /** The content of its `lockstep.config.json`; null: the built-in ten need none. */
  readonly file: string | null;
  /** Creates tables that the owner has before `lockstep migrate`. */
  readonly ownTables?: string;
  createDatabases(workspace: Workspace): void;
  /** The entity that general tests work with. */
  readonly main: MainEntity;
  /** Another one, for tests of two tables. */
  readonly second: Pick<MainEntity, 'entity' | 'table' | 'title'>;
}

interface MainEntity {
  readonly entity: string;
  readonly table: string;
  readonly database: string;
  /** The column and the property of its title. */
  readonly title: readonly [column: string, property: string];
  /** A column of text. */
  readonly text: string;
  /** Assignments of two edits in SQL, one after the other. */
  readonly edits: readonly [string, string];
  /** Further columns of a new row, for `INSERT`. */
  readonly more: { readonly columns: string; readonly values: string };
}

export const builtInTen: TestDefinition = {
  name: 'the built-in ten',
  entities: builtIn,
  file: null,
  createDatabases: (workspace) => createEntityDatabases(workspace, builtIn),
  main: {
    entity: 'tasks',
    table: 'tasks',
    database: 'Tasks',
    title: ['title', 'Title'],
    text: 'notes',
    edits: ["notes = 'First'", "notes = 'Second'"],
    more: { columns: '', values: '' },
  },
  second: { entity: 'notes', table: 'notes', title: ['title', 'Title'] },
};

export const spanishFive: TestDefinition = {
  name: 'the Spanish five',
  entities: spanish,
  file: spanishFile(),
  createDatabases: createSpanishDatabases,
  main: {
    entity: 'libros',
    table: 'libros',
    database: 'Libros',
    title: ['titulo', 'Título'],
    text: 'notas',
    edits: ["generos = '{Uno}', prestado = true", "generos = generos || '{Dos}'"],
    more: {
      columns: ', prestado, generos, portadas, paginas, lectura, lectura_fin',
      values: `, true, '{Novela,Clásico}', '{https://example.com/portada.png}', 300, '2026-03-01', '2026-03-09'`,
    },
  },
  second: { entity: 'recetas', table: 'recetas', title: ['nombre', 'Nombre'] },
};

/** The five beside the built-in ten. */
export const fifteen: TestDefinition = {
  name: 'the five beside the ten',
  entities: [...builtIn, ...spanish],
  file: spanishFile(builtIn.map(({ name }) => name)),
  createDatabases: (workspace) => {
    builtInTen.createDatabases(workspace);
    createSpanishDatabases(workspace);
  },
  main: spanishFive.main,
  second: builtInTen.main,
};
