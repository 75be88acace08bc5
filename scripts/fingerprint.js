import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['src', 'packages/notion-emulator/src', 'packages/google-emulator/src'];

/** A hash of the sources, to detect an outdated build. A package has the build only, with the hash it was made from. */
export function fingerprint() {
  if (!existsSync(join(ROOT, 'src'))) return readFileSync(join(ROOT, 'dist/fingerprint'), 'utf8');
  const hash = createHash('sha256');
  for (const folder of SOURCES.filter((name) => existsSync(join(ROOT, name)))) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) hash.update(file.slice(ROOT.length)).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}
