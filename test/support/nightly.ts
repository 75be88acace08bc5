import { afterAll, beforeEach, expect, inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** How long each nightly file may take; `Infinity` without LOCKSTEP_NIGHTLY_SECONDS. */
    nightlyFileSeconds: number;
  }
}

// A setup file: it runs before each file of the nightly project.
const endsAt = performance.now() + inject('nightlyFileSeconds') * 1_000;
const leftOut: string[] = [];

beforeEach(({ task, skip }) => {
  if (performance.now() < endsAt) return;
  leftOut.push(task.name);
  skip();
});

afterAll(() => {
  const { testPath = '' } = expect.getState();
  if (leftOut.length > 0) console.log(`${testPath}: no time was left for ${leftOut.length}: ${leftOut.join('; ')}`);
});
