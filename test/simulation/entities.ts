import {
  backLink,
  body,
  defineEntity,
  type Entity,
  number,
  relationToMany,
  relationToOne,
  select,
  title,
} from '../../src/entities/define.ts';

/** Small entities that have all that can make a sync hard: a status, a body, a two-way relation, a tree, many to many. */
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
