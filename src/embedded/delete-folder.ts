import { rmSync } from 'node:fs';
import { refuseSecond } from './folder.ts';
import { endLeftoverPostgres } from './postgres.ts';
import { endLeftoverTemporal } from './temporal.ts';

/**
 * Deletes the data of earlier runs, and ends servers that a killed run left behind.
 * @throws FinalError `already_running`
 */
export async function deleteFolder(folder: string): Promise<void> {
  refuseSecond(folder);
  await endLeftoverPostgres(folder);
  await endLeftoverTemporal(folder);
  rmSync(folder, { recursive: true, force: true });
}
