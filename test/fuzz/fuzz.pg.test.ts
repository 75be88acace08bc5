import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Engine, startEngine } from '../support/engine.ts';
import { expectInSync, LETTERS_DDL, letters } from './fuzz-world.ts';

/** `npm run fuzz -- --worlds N --from S` sets these. `fuzz.nightly.test.ts` plays more worlds. */
const WORLDS = Number(process.env.LOCKSTEP_FUZZ_WORLDS ?? 5);
const FROM = Number(process.env.LOCKSTEP_FUZZ_FROM ?? 1);

describe('random worlds of PostgreSQL, the emulator and a relay [S1–S5]', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine(letters, LETTERS_DDL);
  });
  afterAll(() => engine.close());

  test(
    `${WORLDS} worlds end in sync, with the winners of rule 2`,
    () => expectInSync(engine, FROM, WORLDS),
    60_000 + WORLDS * 20_000,
  );
});
