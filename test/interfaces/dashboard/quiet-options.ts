import type { DashboardOptions } from '../../../src/interfaces/dashboard/server.ts';
import type { Setup } from '../../../src/interfaces/dashboard/setup.ts';
import type { Temporal } from '../../../src/interfaces/dashboard/temporal.ts';

/** Nothing was checked, nothing is scheduled, and there are no logs. */
export const noSetup: Setup = {
  doctor: { state: { runningSince: null, last: null }, check: async () => undefined, fix: async () => undefined },
  settings: [],
  readSchedule: async () => ({ line: '', everyMs: null, isPaused: false, next: null, chores: [] }),
  runChore: async () => undefined,
  logs: ['worker'],
  readLog: () => [],
};

/** Nothing runs. */
export const quietTemporal: Temporal = {
  runNow: async () => '',
  pause: async () => undefined,
  resume: async () => undefined,
  look: async () => ({ schedule: '', isPaused: false, open: [], progress: new Map() }),
};

/** A dashboard on any free port, which asks for no token and says nothing. */
export const quietOptions: Omit<DashboardOptions, 'database'> = {
  ...{ host: '127.0.0.1', port: 0, token: undefined, perMinute: 180, timeZone: 'UTC', links: null },
  ...{ temporal: quietTemporal, setup: noSetup, say: () => undefined },
};
