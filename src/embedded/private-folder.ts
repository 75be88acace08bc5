import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FinalError } from '../errors.ts';
import { requireOwn } from '../shared/require-own.ts';

/**
 * Makes a folder that only this user can read, with its files.
 * @throws FinalError when it cannot be created, or it or one of its files belongs to another user
 */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Node.js reports a read-only file system as ENOENT.
    throw new FinalError(
      'folder_refused',
      `${folder} cannot be created: run lockstep up in a folder that you may write to`,
      {
        cause: error,
      },
    );
  }
  requireOwn(folder);
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // Folders belong to the user that runs their server.
    if (entry.isDirectory()) continue;
    requireOwn(join(folder, entry.name));
    if (entry.isFile()) chmodSync(join(folder, entry.name), 0o600);
  }
}
