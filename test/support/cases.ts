/** How many random cases a test tries: in the suite, and in the nightly project, whose runs may take minutes. */
export const cases = (suite: number, nightly: number): number =>
  process.env.LOCKSTEP_CASES === 'nightly' ? nightly : suite;
