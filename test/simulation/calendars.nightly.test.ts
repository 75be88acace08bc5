import { describe, test } from 'vitest';
import { blocksOf, expectClean, expectFound } from './game-checks.ts';
import { games } from './games.ts';

describe('tasks, calendars and the trigger in a simulated world [S1–S6]', () => {
  test.each(blocksOf(300, 50))('50 seeds from %i end in sync', (from) => expectClean('calendars', from, from + 49));
});

describe('a planted bug is found', () => {
  test.each(games.calendars.bugs)('%s', (bug) => expectFound('calendars', bug));
});
