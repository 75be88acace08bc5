import { defineEntity, number, richText, select, title, url } from './define.ts';

export const games = defineEntity({
  name: 'games',
  table: 'games',
  databaseId: '2f865bc2-3a65-800a-bb2f-c2b662c5dad2',
  title: 'Games Backlog',
  archivedStatus: 'Archived',
  fields: {
    name: title('Name'),
    platform: select('Platform', ['PC', 'PS5', 'Switch']),
    status: select('Status', ['Playing', 'Completed', 'Backlog'], { default: 'Backlog' }),
    rating: number('Rating', { min: 1, max: 10 }),
    hours_played: number('Hours Played'),
    notes: richText('Notes'),
    rawg_id: number('RAWG ID'),
    cover_url: url('Cover URL'),
  },
});
