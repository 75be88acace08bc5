import { z } from 'zod';
import { roleOf } from '../../definition/features.ts';
import { done } from './answer.ts';
import { longText, rating, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionOf, roleOption, roleValues } from './role-values.ts';
import { writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

const games = roleOf('games');
const hours_played = z.number().min(0, 'is less than 0').optional().describe('in total, not only this time');
const status = optionOf(games, 'status');

export const addGame = writingTool({
  name: 'add_game',
  feature: 'game-tools',
  title: 'Add a game',
  description: 'Adds a video game to the backlog.',
  input: z.strictObject({
    name: titleText,
    platform: optionOf(games, 'platform').optional(),
    status: status.optional(),
    rating,
    hours_played,
    notes: longText.optional(),
  }),
  run: async (writing, { name, ...input }) => {
    const { notes } = input;
    // The bot's words may mean a platform; games without the field have none.
    const platform = games.fields.platform && (await roleOption(writing, games, 'platform', input.platform));
    const state = await roleOption(writing, games, 'status', input.status);
    const values = roleValues(games, {
      ...{ title: name, platform, status: state, notes },
      ...{ rating: input.rating, hours_played: input.hours_played },
    });
    const record = await insertRow(writing, games.entity, values);
    return done(`Added game "${name}"${platform ? ` for ${platform}` : ''}: ${state ?? 'Backlog'}.`, record);
  },
});

export const markGame = writingTool({
  name: 'mark_game',
  feature: 'game-tools',
  isOff: games.fields.status === undefined,
  title: 'Mark a game',
  description: 'Sets the status of a game. When the title is ambiguous, it returns the candidates.',
  input: z.strictObject({ game: whichRecord('game'), status, rating, hours_played }),
  run: async (writing, { game, status: state, rating: stars, hours_played: hours }) =>
    mark(writing, game, { games: state }, roleValues(games, { rating: stars, hours_played: hours })),
});
