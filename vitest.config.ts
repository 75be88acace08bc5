import { defineConfig } from 'vitest/config';

const services = [
  'test/**/*.pg.test.ts',
  'test/**/*.temporal.test.ts',
  'test/e2e/**/*.test.ts',
  'test/faults/**/*.test.ts',
];
/** `vitest.nightly.config.ts` runs these. */
export const nightly = 'test/**/*.nightly.test.ts';

export const seeded = 'test/support/random-cases.ts';

// The emulators' packages are tested as sources, not as they were last compiled.
export const source = {
  resolve: { conditions: ['workspace-source'] },
  ssr: { resolve: { conditions: ['workspace-source'] } },
};

export const common = {
  pool: 'forks',
  // The product's modules hold no state: importing them once for all files of a process saves half of the CPU time.
  isolate: false,
  unstubEnvs: true,
  // A condition is waited for until it holds, however slow the machine is.
  expect: { poll: { timeout: 60_000 } },
  testTimeout: 180_000,
  hookTimeout: 180_000,
} as const;

export default defineConfig({
  test: {
    // Most of the time of the services is spent waiting for real servers.
    maxWorkers: 4,
    projects: [
      {
        ...source,
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: [...services, nightly],
          setupFiles: [seeded],
        },
      },
      {
        ...source,
        test: {
          ...common,
          name: 'services',
          include: services,
          exclude: [nightly],
          globalSetup: ['test/support/services.ts'],
          setupFiles: [seeded, 'test/support/file-setup.ts'],
        },
      },
    ],
  },
});
