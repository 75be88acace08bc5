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
  title: 'Add a film or a series',
  description: 'Puts a film, a series or an anime on the watchlist.',
  input: z.strictObject({
    title: titleText,
    type: optionText('type', optionsOf(media, 'type')).optional(),
    status: status.optional(),
    year: z.int().min(1800, 'is before films').max(2200, 'is far ahead').optional().describe('when it came out'),
    rating,
    notes: longText.optional(),
  }),
  run: async (writing, { title, ...said }) => {
    const [type, state] = [
      await optionNamed(writing, media, 'type', said.type),
      await optionNamed(writing, media, 'status', said.status),
    ];
    const { year, notes } = said;
    const record = await insertRow(writing, media, { title, type, status: state, year, rating: said.rating, notes });
    return done(`${type ?? 'Title'} «${title}» is on the watchlist${state ? `: ${state}` : ''}.`, record);
  },
});

export const markMedia = writingTool({
  name: 'mark_media',
  title: 'Mark a film or a series',
  description: 'Says how far a film or a series of the watchlist is watched. Asks back where the title is not clear.',
  input: z.strictObject({ media: whichRecord('film or series'), status, rating }),
  run: async (writing, { media: which, status: state, rating: stars }) =>
    mark(writing, which, { media: state }, { rating: stars }),
});
