import { isConnectionRefused } from '../../database/connection-refused.ts';
import { ConfigurationError, LockstepError } from '../../errors.ts';

/** The exit codes of every command, from sysexits.h, so that a supervisor can tell them apart. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  databaseUnavailable: 69,
  temporalUnreachable: 75,
  apiUnreachable: 76,
  configuration: 78,
} as const;

/** Error codes for what does not answer. */
const UNREACHABLE: Readonly<Record<string, number>> = {
  database_unavailable: exitCodes.databaseUnavailable,
  temporal_unreachable: exitCodes.temporalUnreachable,
  notion_unreachable: exitCodes.apiUnreachable,
  no_answer: exitCodes.apiUnreachable,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return exitCodes.configuration;
  if (!(error instanceof LockstepError)) return exitCodes.failed;
  return UNREACHABLE[error.code] ?? (isConnectionRefused(error) ? exitCodes.databaseUnavailable : exitCodes.failed);
}

/** One line for an expected error; an unexpected one keeps its stack for a bug report. */
export function describeError(error: unknown): string {
  if (error instanceof LockstepError) return error.message;
  return `unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/**
 * Runs a command and exits with its code. The exit is explicit because Prisma's schema engine leaves a ten-second
 * timer behind.
 */
export async function exitWith(command: () => Promise<number>): Promise<never> {
  process.exit(await command().catch(reportError));
}

/** Runs a step before a command, and exits when it fails. */
export function exitOnError(step: () => void): void {
  try {
    step();
  } catch (error) {
    process.exit(reportError(error));
  }
}

/** @returns the exit code */
function reportError(error: unknown): number {
  process.stderr.write(`lockstep: ${describeError(error)}\n`);
  return exitCodeOf(error);
}
