import { defineEntity, number, richText, select, title, url } from './define.ts';

export const media = defineEntity({
  name: 'media',
  table: 'media',
  databaseId: '2f865bc2-3a65-8024-9d56-cb3e48dd92a5',
  title: 'Media Watchlist',
  archivedStatus: 'Archived',
  fields: {
    title: title('Title'),
    type: select('Type', ['Movie', 'TV Show', 'Anime']),
    status: select('Status', ['Watching', 'Completed', 'Plan to Watch'], { default: 'Plan to Watch' }),
    rating: number('Rating', { min: 1, max: 10 }),
    notes: richText('Notes'),
    year: number('Year'),
    tmdb_id: number('TMDB ID'),
    poster_url: url('Poster URL'),
  },
});
