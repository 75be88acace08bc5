import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, startEngine } from '../support/engine.ts';
import { FuzzWorld, LETTERS_DDL, letters } from './fuzz-world.ts';

/** `npm run fuzz -- --worlds N --from S` sets these. */
const WORLDS = Number(process.env.LOCKSTEP_FUZZ_WORLDS ?? 30);
const FROM = Number(process.env.LOCKSTEP_FUZZ_FROM ?? 1);

describe('random worlds of PostgreSQL, the emulator and a relay [S1–S5]', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(letters, LETTERS_DDL);
  });
  afterAll(() => engine.close());

  test(
    `${WORLDS} worlds end in sync, with the winners of rule 2`,
    async () => {
      for (let seed = FROM; seed < FROM + WORLDS; seed += 1) {
        expect(await new FuzzWorld(engine, seed).play(), `npm run fuzz -- --worlds 1 --from ${seed}`).toEqual([]);
      }
    },
    60_000 + WORLDS * 20_000,
  );
});
