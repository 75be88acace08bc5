import fc from 'fast-check';

/**
 * A setup file: property tests try the same cases in each run, so that a run fails because of the change and not
 * because of luck. `LOCKSTEP_SEED=random` tries others, `LOCKSTEP_SEED=<number>` those of that seed.
 */
const DEFAULT_SEED = 1;
const seed = process.env.LOCKSTEP_SEED ?? DEFAULT_SEED;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
