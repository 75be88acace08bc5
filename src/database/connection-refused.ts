import { FinalError } from '../errors.ts';

const CONNECTION_CODES = new Set([
  'refused_by_database',
  'row_level_security',
  'certificate_refused',
  'session_settings',
  'transaction_pooling',
]);

/** Whether PostgreSQL responds, but not in a way that Lockstep can use. */
export const isConnectionRefused = (error: unknown): boolean =>
  error instanceof FinalError && CONNECTION_CODES.has(error.code);
