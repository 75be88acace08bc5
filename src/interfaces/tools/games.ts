import { z } from 'zod';
import { games } from '../../entities/games.ts';
import { done } from './answer.ts';
import { longText, optionText, rating, titleText, whichRecord } from './inputs.ts';
import { mark } from './mark.ts';
import { optionNamed, optionsOf } from './options.ts';
import { writingTool } from './tool.ts';
import { insertRow } from './write-row.ts';

const hours_played = z.number().min(0, 'is less than 0').optional().describe('in all, not only this time');
const status = optionText('status', optionsOf(games, 'status'));

export const addGame = writingTool({
  name: 'add_game',
  title: 'Add a game',
  description: 'Puts a video game into the backlog.',
  input: z.strictObject({
    name: titleText,
    platform: optionText('platform', optionsOf(games, 'platform')).optional(),
    status: status.optional(),
    rating,
    hours_played,
    notes: longText.optional(),
  }),
  run: async (writing, { name, ...said }) => {
    const [platform, state] = [
      await optionNamed(writing, games, 'platform', said.platform),
      await optionNamed(writing, games, 'status', said.status),
    ];
    const { notes } = said;
    const record = await insertRow(writing, games, {
      ...{ name, platform, status: state, notes },
      ...{ rating: said.rating, hours_played: said.hours_played },
    });
    return done(`Game «${name}»${platform ? ` for ${platform}` : ''} is ${state ?? 'in the backlog'}.`, record);
  },
});

export const markGame = writingTool({
  name: 'mark_game',
  title: 'Mark a game',
  description: 'Says how far a game is played. Asks back where the title is not clear.',
  input: z.strictObject({ game: whichRecord('game'), status, rating, hours_played }),
  run: async (writing, { game, status: state, rating: stars, hours_played: hours }) =>
    mark(writing, game, { games: state }, { rating: stars, hours_played: hours }),
});
