import { lstatSync } from 'node:fs';
import { FinalError } from '../errors.ts';

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
