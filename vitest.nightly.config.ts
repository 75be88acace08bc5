import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { common, nightly, seeded, source } from './vitest.config.ts';

/** Property tests that try more cases here: `test/support/cases.ts`. */
const propertyTests = [
  'test/notion/body.test.ts',
  'test/notion/edits.test.ts',
  'test/notion/markdown-properties.test.ts',
  'test/notion/notion-dates.test.ts',
  'test/notion/option-round-trips.test.ts',
  'test/notion/round-trips.test.ts',
  'test/security/hostile-messages.test.ts',
  'test/sync/reconcile.test.ts',
];
const MAX_WORKERS = 2;

/** Files with a test that takes this many seconds: not started where the share of a file is less. */
const LONG_FILES: Readonly<Record<string, number>> = {
  'test/e2e/adoption.nightly.test.ts': 750,
  'test/faults/definitions.nightly.test.ts': 1_700,
};
const fileSeconds = nightlyFileSeconds();
const tooLong = Object.keys(LONG_FILES).filter((file) => (LONG_FILES[file] ?? 0) > fileSeconds);
if (tooLong.length > 0) console.log(`no time was left for ${tooLong.join(', ')}`);

/** What is too long for each run of the tests. `LOCKSTEP_NIGHTLY_SECONDS` limits it. */
export default defineConfig({
  ...source,
  test: {
    ...common,
    name: 'nightly',
    maxWorkers: MAX_WORKERS,
    include: [nightly, ...propertyTests],
    exclude: tooLong,
    globalSetup: ['test/support/services.ts'],
    setupFiles: [seeded, 'test/support/file-setup.ts', 'test/support/nightly.ts'],
    provide: { nightlyFileSeconds: fileSeconds },
    env: { LOCKSTEP_CASES: 'nightly' },
    // What one night has no time for, another has.
    sequence: { shuffle: { tests: true } },
    testTimeout: 3_600_000,
  },
});

/** Each file's share of the time for the whole project. */
function nightlyFileSeconds(): number {
  const total = Number(process.env.LOCKSTEP_NIGHTLY_SECONDS ?? Number.POSITIVE_INFINITY);
  const names = readdirSync('test', { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.nightly.test.ts')).length + propertyTests.length;
  return (total * MAX_WORKERS) / files;
}
