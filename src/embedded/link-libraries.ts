import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { FinalError } from '../errors.ts';

/** Paths in the package: the library, and the name under which the binaries look for it in the same folder. */
const linksFile = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Links PostgreSQL's libraries, which an npm package cannot contain as links. Their package has an install script for
 * this, but npm may not run it.
 * @param home the folder of the package with the binaries
 * @throws FinalError when the folder cannot be written
 */
export function linkLibraries(home: string): void {
  const file = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(file)) return;
  for (const { source, target } of linksFile.parse(JSON.parse(readFileSync(file, 'utf8')))) {
    const link = join(home, target);
    if (!existsSync(link)) makeLink(basename(source), link);
  }
}

function makeLink(name: string, link: string): void {
  try {
    symlinkSync(name, link);
  } catch (cause) {
    // Another process was first.
    if (existsSync(link)) return;
    const message = `PostgreSQL's library ${link} cannot be linked: start \`lockstep up\` once as the user who installed it, or set DATABASE_URL to your own`;
    throw new FinalError('server_failed', message, { cause });
  }
}
