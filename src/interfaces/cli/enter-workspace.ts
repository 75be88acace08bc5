import { ConfigurationError } from '../../errors.ts';

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
