import {
  backLink,
  body,
  date,
  defineEntity,
  type Entity,
  number,
  relationToMany,
  relationToOne,
  select,
  title,
} from '../../src/entities/define.ts';
import { isSpelledAlike } from '../../src/entities/option-names.ts';
import type { Value } from '../../src/sync/types.ts';

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

/** Options ignore case. */
export const isArchivedStatus = ({ archivedStatus }: Entity, status: Value | undefined): boolean =>
  archivedStatus !== undefined && typeof status === 'string' && isSpelledAlike(status, archivedStatus);
