import { z } from 'zod';
import { media } from '../../entities/media.ts';
import { done } from './answer.ts';
import { longText, optionText, rating, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionNamed, optionsOf } from './options.ts';
import { writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

const status = optionText('status', optionsOf(media, 'status'));

export const addMedia = writingTool({
  name: 'add_media',
  needs: [media],
  title: 'Add a film or a series',
  description: 'Adds a film, a series or an anime to the watchlist.',
  input: z.strictObject({
    title: titleText,
    type: optionText('type', optionsOf(media, 'type')).optional(),
    status: status.optional(),
    year: z.int().min(1800, 'is before 1800').max(2200, 'is after 2200').optional().describe('the release year'),
    rating,
    notes: longText.optional(),
  }),
  run: async (writing, { title, ...input }) => {
    const [type, state] = [
      await optionNamed(writing, media, 'type', input.type),
      await optionNamed(writing, media, 'status', input.status),
    ];
    const { year, notes } = input;
    const record = await insertRow(writing, media, { title, type, status: state, year, rating: input.rating, notes });
    return done(`Added ${type ?? 'title'} "${title}" to the watchlist${state ? `: ${state}` : ''}.`, record);
  },
});

export const markMedia = writingTool({
  name: 'mark_media',
  needs: [media],
  title: 'Mark a film or a series',
  description:
    'Sets the status of a film or a series on the watchlist. When the title is ambiguous, it returns the candidates.',
  input: z.strictObject({ media: whichRecord('film or series'), status, rating }),
  run: async (writing, { media: which, status: state, rating: stars }) =>
    mark(writing, which, { media: state }, { rating: stars }),
});
