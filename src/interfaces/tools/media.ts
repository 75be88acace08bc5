import { z } from 'zod';
import { roleOf } from '../../definition/features.ts';
import { done } from './answer.ts';
import { longText, rating, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionOf, roleOption, roleValues } from './role-values.ts';
import { writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

const media = roleOf('media');
const status = optionOf(media, 'status');

export const addMedia = writingTool({
  name: 'add_media',
  feature: 'media-tools',
  title: 'Add a film or a series',
  description: 'Adds a film, a series or an anime to the watchlist.',
  input: z.strictObject({
    title: titleText,
    type: optionOf(media, 'type').optional(),
    status: status.optional(),
    year: z.int().min(1800, 'is before 1800').max(2200, 'is after 2200').optional().describe('the release year'),
    rating,
    notes: longText.optional(),
  }),
  run: async (writing, { title, ...input }) => {
    const { year, notes } = input;
    // The bot's words always mean a type; media without the field have none.
    const type = media.fields.type && (await roleOption(writing, media, 'type', input.type));
    const state = await roleOption(writing, media, 'status', input.status);
    const values = roleValues(media, { title, type, status: state, year, rating: input.rating, notes });
    const record = await insertRow(writing, media.entity, values);
    return done(`Added ${type ?? 'title'} "${title}" to the watchlist${state ? `: ${state}` : ''}.`, record);
  },
});

export const markMedia = writingTool({
  name: 'mark_media',
  feature: 'media-tools',
  isOff: media.fields.status === undefined,
  title: 'Mark a film or a series',
  description:
    'Sets the status of a film or a series on the watchlist. When the title is ambiguous, it returns the candidates.',
  input: z.strictObject({ media: whichRecord('film or series'), status, rating }),
  run: async (writing, { media: which, status: state, rating: stars }) =>
    mark(writing, which, { media: state }, roleValues(media, { rating: stars })),
});
