import { expect } from 'vitest';
import { type GameName, games } from './games.ts';

/** The seed that finds a planted bug is at most this one. */
const MAX_SEEDS = 10_000;

/** Plays seeds, which all must end in sync. */
export async function expectClean(name: GameName, from: number, to: number): Promise<void> {
  for (let seed = from; seed <= to; seed += 1) {
    const { broken } = await games[name].play(seed);
    expect(broken, `npm run simulate -- --world ${name} --seed ${seed}`).toEqual([]);
  }
}

/** Searches a seed that finds a planted bug. */
export async function expectFound(name: GameName, bug: string): Promise<void> {
  const seed = await games[name].findBug(bug, MAX_SEEDS);
  expect(seed, `the seed of at most ${MAX_SEEDS} that finds it`).not.toBeNull();
}

/** The first seeds of blocks: a nightly run that has little time plays some of them. */
export const blocksOf = (seeds: number, perBlock: number): number[] =>
  Array.from({ length: Math.ceil(seeds / perBlock) }, (_, block) => 1 + block * perBlock);
