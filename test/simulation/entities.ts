import {
  backLink,
  body,
  bodyField,
  date,
  defineEntity,
  type Entity,
  listFields,
  type Named,
  number,
  type RelationField,
  relationFields,
  relationToMany,
  relationToOne,
  select,
  syncedFields,
  title,
  titleField,
} from '../../src/entities/define.ts';
import { isSpelledAlike } from '../../src/entities/option-names.ts';
import type { Value } from '../../src/sync/types.ts';
import { spanish } from '../support/spanish.ts';

/** Small entities with everything that is hard to sync: a status, a date, a body, a two-way relation, a tree, a many-to-many relation. */
export const cards = defineEntity({
  name: 'cards',
  table: 'cards',
  databaseId: 'cards',
  title: 'Cards',
  archivedStatus: 'Cancelled',
  fields: {
    title: title('Title'),
    status: select('Status', ['Todo', 'Done', 'Cancelled'], { default: 'Todo' }),
    count: number('Count', { min: 0, max: 100 }),
    due: date('Due'),
    body: body(),
    board_id: relationToOne('Board', 'boards', { dual: 'Cards' }),
    boards: relationToMany('Boards', 'boards', 'card_boards', ['card_id', 'board_id']),
  },
});

export const boards = defineEntity({
  name: 'boards',
  table: 'boards',
  databaseId: 'boards',
  title: 'Boards',
  fields: {
    title: title('Title'),
    count: number('Count'),
    body: body(),
    parent_id: relationToOne('Parent', 'boards'),
    cards: backLink('Cards', 'cards', 'board_id'),
  },
});

export const simulated: readonly Entity[] = [boards, cards];

/** The databases of one world. */
export interface Workspace {
  readonly entities: readonly Entity[];
  /** Which ones users turn to: at random among these names. */
  readonly busy: readonly string[];
  /** The place of the last record that they choose. */
  readonly last: number;
}

/** What the built-in ten have, in two small entities. */
export const sample: Workspace = { entities: simulated, busy: ['cards', 'cards', 'cards', 'boards'], last: 7 };

/** An owner's five, with arrays, checkboxes and two-way relations. */
export const spanishFive: Workspace = {
  entities: spanish,
  busy: ['libros', 'libros', 'libros', 'libros', 'libros', 'diario', 'diario', 'recetas', 'clientes', 'facturas'],
  last: 2,
};

/** The fields that users edit and invariants follow, by what they hold. */
export interface Parts {
  readonly title: string;
  readonly number: string | undefined;
  readonly date: string | undefined;
  readonly body: string | undefined;
  readonly lists: readonly string[];
  readonly checks: readonly string[];
  readonly relations: Named<RelationField>;
}

export function partsOf(entity: Entity): Parts {
  const ofKind = (kind: string): readonly string[] =>
    syncedFields(entity).flatMap(([name, field]) => (field.kind === kind ? [name] : []));
  return {
    title: titleField(entity),
    number: ofKind('number')[0],
    date: ofKind('date')[0],
    body: bodyField(entity),
    lists: listFields(entity),
    checks: ofKind('checkbox'),
    relations: relationFields(entity),
  };
}

/** The fields of one value. */
export const scalarsOf = ({ title, number, date, body }: Parts): readonly string[] =>
  [title, number, date, body].filter((name) => name !== undefined);

/** Options ignore case. */
export const isArchivedStatus = ({ archivedStatus }: Entity, status: Value | undefined): boolean =>
  archivedStatus !== undefined && typeof status === 'string' && isSpelledAlike(status, archivedStatus);
