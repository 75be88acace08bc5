import { leaveOwnWorkspace } from '../../shared/workspace.ts';
import { foldersIn } from './fleet/list-workspaces.ts';

/**
 * Runs a worker of the workspaces in these folders, or of this folder.
 * @param given on the command line, instead of LOCKSTEP_WORKSPACES
 */
export async function runWorkerCommand(given: readonly string[]): Promise<number> {
  const folders = given.length > 0 ? given : foldersIn(process.env.LOCKSTEP_WORKSPACES);
  if (folders.length > 0) {
    // Before anything reads the definition of this folder.
    leaveOwnWorkspace();
    return (await import('./fleet/fleet-command.ts')).fleetCommand(folders);
  }
  const { adoptRunningUp } = await import('../../embedded/folder.ts');
  adoptRunningUp();
  return (await import('./worker.ts')).workerCommand();
}
