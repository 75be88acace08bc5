import { defineConfig } from 'vitest/config';

const services = [
  'test/**/*.pg.test.ts',
  'test/**/*.temporal.test.ts',
  'test/e2e/**/*.test.ts',
  'test/faults/**/*.test.ts',
];

// The emulators' packages are tested as sources, not as they were last compiled.
const source = {
  resolve: { conditions: ['workspace-source'] },
  ssr: { resolve: { conditions: ['workspace-source'] } },
};

export default defineConfig({
  test: {
    // Most of the time is spent waiting for real servers.
    maxWorkers: 3,
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: services,
          pool: 'forks',
          // Thousands of cases, on a machine that others load: no test is about how long it takes.
          testTimeout: 60_000,
        },
      },
      {
        ...source,
        test: {
          name: 'services',
          include: services,
          globalSetup: ['test/support/services.ts'],
          pool: 'forks',
          // Real servers on a machine that others load: a second failure in a row is ours.
          retry: process.env.CI ? 1 : 0,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
