import { z } from 'zod';
import { games } from '../../entities/games.ts';
import { done } from './answer.ts';
import { longText, optionText, rating, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionNamed, optionsOf } from './options.ts';
import { writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

const hours_played = z.number().min(0, 'is less than 0').optional().describe('in total, not only this time');
const status = optionText('status', optionsOf(games, 'status'));

export const addGame = writingTool({
  name: 'add_game',
  needs: [games],
  title: 'Add a game',
  description: 'Adds a video game to the backlog.',
  input: z.strictObject({
    name: titleText,
    platform: optionText('platform', optionsOf(games, 'platform')).optional(),
    status: status.optional(),
    rating,
    hours_played,
    notes: longText.optional(),
  }),
  run: async (writing, { name, ...input }) => {
    const [platform, state] = [
      await optionNamed(writing, games, 'platform', input.platform),
      await optionNamed(writing, games, 'status', input.status),
    ];
    const { notes } = input;
    const record = await insertRow(writing, games, {
      ...{ name, platform, status: state, notes },
      ...{ rating: input.rating, hours_played: input.hours_played },
    });
    return done(`Added game "${name}"${platform ? ` for ${platform}` : ''}: ${state ?? 'Backlog'}.`, record);
  },
});

export const markGame = writingTool({
  name: 'mark_game',
  needs: [games],
  title: 'Mark a game',
  description: 'Sets the status of a game. When the title is ambiguous, it returns the candidates.',
  input: z.strictObject({ game: whichRecord('game'), status, rating, hours_played }),
  run: async (writing, { game, status: state, rating: stars, hours_played: hours }) =>
    mark(writing, game, { games: state }, { rating: stars, hours_played: hours }),
});
