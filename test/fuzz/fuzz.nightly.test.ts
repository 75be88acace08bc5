import { afterAll, beforeAll, describe, test } from 'vitest';
import { blocksOf } from '../simulation/game-checks.ts';
import { type Engine, startEngine } from '../support/engine.ts';
import { expectInSync, LETTERS_DDL, letters } from './fuzz-world.ts';

describe('random worlds of PostgreSQL, the emulator and a relay [S1–S5]', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(letters, LETTERS_DDL);
  });
  afterAll(() => engine.close());

  test.each(blocksOf(100, 5))('5 worlds from %i end in sync, with the winners of rule 2', (from) =>
    expectInSync(engine, from, 5),
  );
});
