import { existsSync } from 'node:fs';
import { config } from 'dotenv';
import { ConfigurationError } from '../../errors.ts';
import { requireOwn } from '../../shared/require-own.ts';

/**
 * Makes a folder the current one: its `.env`, its definition, its `migrations/` and its `.lockstep/` are used.
 * @throws ConfigurationError when it cannot be entered
 */
export function enterWorkspace(folder: string): void {
  try {
    process.chdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigurationError(
      `LOCKSTEP_WORKSPACE: ${folder} cannot be entered (${code}): create the folder, or unset the variable`,
    );
  }
  // Processes that this one starts are there already.
  process.env.LOCKSTEP_WORKSPACE = process.cwd();
}

/** Adds the variables of the current folder's `.env` that are not set. @throws FinalError when it belongs to another user */
export function loadEnvFile(): void {
  if (!existsSync('.env')) return;
  requireOwn('.env');
  // Not by `process.loadEnvFile`: in Node.js 24, a variable whose value is a space takes the next line for its value.
  config({ path: '.env', quiet: true });
}
