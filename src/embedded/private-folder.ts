import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FinalError } from '../errors.ts';

/**
 * Makes a folder that only this user can read, with its files.
 * @throws FinalError when it or one of its files belongs to another user
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireOwn(folder);
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // Folders belong to the user that runs their server.
    if (entry.isDirectory()) continue;
    requireOwn(join(folder, entry.name));
    if (entry.isFile()) chmodSync(join(folder, entry.name), 0o600);
  }
}

/**
 * The owner of a configuration file decides what is started and where data goes.
 * @throws FinalError when it exists and belongs to another user than this one and root
 */
export function requireOwn(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const us = process.getuid?.();
  if (!found || us === undefined || found.uid === us || found.uid === 0) return;
  throw new FinalError(
    'foreign_file',
    `${path} belongs to another user (uid ${found.uid}), who could change what is started: remove it, or run as that user`,
  );
}
