import type { Setup } from '../../../src/interfaces/dashboard/setup.ts';

/** For tests of other pages: nothing was checked, nothing is scheduled, and there are no logs. */
export const noSetup: Setup = {
  doctor: { state: { runningSince: null, last: null }, check: async () => undefined, fix: async () => undefined },
  settings: [],
  readSchedule: async () => ({ line: '', everyMs: null, isPaused: false, next: null, chores: [] }),
  runChore: async () => undefined,
  logs: ['worker'],
  readLog: () => [],
};
